import type { KeptDomain, KeptDomains } from '../contract/ports/kept-domains.js';
import { KEPT_DOMAINS } from '../contract/tokens.js';
import { asXenImageError, type UndoStack } from '../execute/undo.js';
import type { ImagePlan } from '../plan/image-plan.js';
import type { Operation } from '../registry/operation.js';
import { isSupervised } from '../supervise/rights.js';
import type { CreateOptions } from './create-options.js';

function keptOf(
  { config, profile }: ImagePlan,
  { restarts = [] }: CreateOptions,
  state: KeptDomain['state'],
): KeptDomain {
  return { uuid: config.uuid, profile, config, restarts, state };
}

/**
 * Keeps what starting a domain again takes, where the toolstack keeps domains. A restart that fails or is cut off stays one:
 * the next supervisor takes it up again, whatever becomes of the domain that was half made.
 */
export async function keepConfiguration(
  operation: Operation,
  plan: ImagePlan,
  options: CreateOptions,
  undo: UndoStack,
): Promise<void> {
  const kept = operation.find(KEPT_DOMAINS);
  if (kept === undefined) return;
  const restarts = options.restarts !== undefined;
  if (!restarts) undo.push('forget configuration', () => kept.forget(plan.config.uuid));
  await kept.keep(keptOf(plan, options, restarts ? 'restarting' : 'runs'));
}

/** A restart whose domain is whole is over, though its process ended before it could say so. */
export async function endRestart(kept: KeptDomains, uuid: string): Promise<void> {
  const domain = await kept.read(uuid);
  if (domain?.state === 'restarting') await kept.keep({ ...domain, state: 'runs' });
}

/**
 * Sees to supervision now that a domain runs: a restart is over, and where nobody supervises that is told. The domain is
 * whole: what fails here is a warning.
 */
export async function settleSupervision(operation: Operation, plan: ImagePlan, options: CreateOptions): Promise<void> {
  const kept = operation.find(KEPT_DOMAINS);
  if (kept === undefined) return;
  const { onWarning } = options;
  try {
    if (options.restarts !== undefined) await kept.keep(keptOf(plan, options, 'runs'));
  } catch (error) {
    const { code, message } = asXenImageError(error);
    onWarning?.(code, message);
  }
  if (options.attended === true || onWarning === undefined || (await isSupervised(kept))) return;
  onWarning(
    'NOT_SUPERVISED',
    'nothing acts when this domain shuts down or its device model dies; xen-image watch does',
  );
}
