import type { HandlerSupports } from '@xen-image/core/plugin';
import type { Bench } from '../probe/bench.js';

/** A test of the suite. */
export interface Check {
  readonly name: string;
  /** Whether a handler with this manifest has what the test looks at; all have it where not given. */
  readonly applies?: (supports: HandlerSupports) => boolean;
  readonly run: (bench: Bench) => Promise<void> | void;
}
