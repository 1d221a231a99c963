import type { LifecycleAction, DomainConfig } from '../config/domain-config.js';
import type { ShutdownReason } from '../contract/ports/domains.js';

/** How domains are supervised. */
export interface SuperviseOptions {
  /** Ends the supervision once what is under way is done. Domains and device models run on. */
  readonly signal?: AbortSignal;
  /**
   * The domains that are supervised, by uuid, beside whoever supervises all; a domain that takes the place of one of them is
   * one of them. The supervision ends with the last of them. All that this toolstack made where not given.
   */
  readonly uuids?: readonly string[];
  /**
   * How many restarts of a domain within how many milliseconds are followed by no further one; 5 within 300,000 where
   * not given.
   */
  readonly restartLimit?: { readonly restarts: number; readonly withinMs: number };
}

/** Ends loops of guests that crash while they boot, and leaves room for operators that reboot. */
export const RESTART_LIMIT = { restarts: 5, withinMs: 300_000 } as const;

/**
 * What a domain's configuration wants done when it shuts down for a reason. A guest that suspends, or asks for a soft
 * reset, which nothing here does, is left as it is.
 */
export function actionFor(reason: ShutdownReason, { onShutdown }: DomainConfig): LifecycleAction {
  return reason === 'suspend' || reason === 'soft-reset' ? 'preserve' : onShutdown[reason];
}
