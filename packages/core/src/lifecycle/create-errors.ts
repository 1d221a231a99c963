import { XenImageError } from '../errors.js';
import type { UndoFailure } from '../execute/undo.js';
import type { ImagePlan } from '../plan/image-plan.js';

/** A finding of severity error is what the operator must decide about before anything is made. */
export function refuseErrors(plan: ImagePlan): void {
  const errors = plan.findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  throw new XenImageError(first.code, errors.map(({ message }) => message).join('; '), {
    phase: 'plan',
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    ...(first.position === undefined ? {} : { position: first.position }),
    data: { findings: errors },
  });
}

/** A failure with another message, data and hint; all else stays, and what it came from. */
export function retold(
  failure: XenImageError,
  message: string,
  { data, hint }: { readonly data: Readonly<Record<string, unknown>>; readonly hint: string },
): XenImageError {
  const { code, phase, domain, call, errno, position, said } = failure;
  const cause = failure.cause ?? failure;
  return new XenImageError(code, message, { phase, domain, call, errno, position, said, data, hint, cause });
}

/** The failure of a create of which something could not be undone. */
export function withLeftovers(failure: XenImageError, left: readonly UndoFailure[]): XenImageError {
  const names = left.map(({ name }) => name).join(', ');
  return retold(failure, `${failure.message}; and not undone: ${names}`, {
    data: { ...failure.data, leftBehind: left.map(({ name, error }) => ({ name, error: error.toJSON() })) },
    hint: 'xen-image recover shows and finishes what is left.',
  });
}
