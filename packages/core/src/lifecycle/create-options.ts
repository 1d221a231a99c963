import createDebug from 'debug';
import type { Progress } from '../execute/execution.js';

const debug = createDebug('xen-image:create');

/** How a domain is to be created. */
export interface CreateOptions {
  /** Leaves the domain paused. */
  readonly paused?: boolean;
  /** Asks the operation to end; it settles once the running call has returned and everything is undone. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onWarning?: (code: string, message: string) => void;
  /** Whether the caller sees to what follows when the domain shuts down; else there is a warning where nobody does. */
  readonly attended?: boolean;
  /**
   * The least that dom0 keeps, in MiB, where it is to give memory that lacks for the domain; else it gives none.
   */
  readonly dom0MinimumMib?: number;
  /** When the domain was started again before, in milliseconds since 1970. */
  readonly restarts?: readonly number[];
}

/** A domain that was created. */
export interface CreatedDomain {
  readonly domid: number;
  readonly name: string;
  readonly uuid: string;
  /** What the actions left: frames, notes, CPUID answers. */
  readonly results: Readonly<Record<string, unknown>>;
  readonly deviceModelPid?: number;
  readonly vncDisplay?: number;
}

/** A listener that throws ends nothing: what it was told of is done. */
export function heard(options: CreateOptions): CreateOptions {
  const { onWarning } = options;
  if (onWarning === undefined) return options;
  const hear = (code: string, message: string): void => {
    try {
      onWarning(code, message);
    } catch (error) {
      debug('a warning was not taken: %s', error instanceof Error ? error.message : String(error));
    }
  };
  return { ...options, onWarning: hear };
}
