import { ENDING } from './exit-codes.js';
import type { Io } from './io.js';
import type { Output } from './output/output.js';

/** An operation that signals can end. */
export interface Interruptible {
  readonly signal: AbortSignal;
  /** The first signal that came, if one did. */
  readonly received: NodeJS.Signals | undefined;
  /** Signals have their usual effect again. */
  end(): void;
}

/**
 * Turns signals into an abort: the first asks the operation to end and undo, a further one tells that it is being
 * waited for. Nothing is killed in the middle: that would leave a domain behind.
 */
export function interruptible(io: Io, output: Output): Interruptible {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const end = io.onSignal(ENDING, (signal) => {
    if (received === undefined) {
      received = signal;
      output.complain(`xen-image: ${signal}: ending after the call that runs, then undoing what was done`);
      controller.abort(signal);
    } else {
      output.complain('xen-image: still undoing; killing it now would leave a half-made domain behind');
    }
  });
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
    end,
  };
}

/** Runs something short that must not be cut in two: signals are told to wait. */
export async function uninterrupted<T>(io: Io, output: Output, work: () => Promise<T>): Promise<T> {
  const end = io.onSignal(ENDING, (signal) => {
    output.complain(`xen-image: ${signal}: waiting until this is done`);
  });
  try {
    return await work();
  } finally {
    end();
  }
}
