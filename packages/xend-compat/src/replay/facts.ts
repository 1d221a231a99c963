import { HOST, isXenImageError, runActions, type Action, type Execution } from '@xen-image/core';

/**
 * Asks for the facts that the `configure` actions are decided by, before any of them acts: a hypervisor that does not
 * answer is noticed with nothing done. A check that stands before the question and fails has the word, as it has when
 * the actions run in order.
 */
export async function requireFacts(actions: readonly Action[], execution: Execution): Promise<void> {
  const asked = actions.findIndex((action) => action.kind === 'require-capability');
  if (asked === -1) return;
  try {
    await execution.port(HOST).capabilities();
  } catch (error) {
    if (!isXenImageError(error) || error.code !== 'HYPERVISOR_CALL_FAILED') return;
    const checks = actions.slice(0, asked).filter(({ kind }) => kind === 'check-path' || kind === 'refuse');
    await runActions(checks, 'configure', execution);
    throw error;
  }
}
