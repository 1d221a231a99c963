import type { ProcessIdentity } from '@xen-image/core';
import { openPidfd } from './pidfd.js';
import { identifyProcess, sameProcess } from './process.js';
import type { System } from './system.js';

/** How often processes are looked at where they cannot be watched, in milliseconds. */
const LOOK_INTERVAL_MS = 50;

interface Waiting {
  readonly process: ProcessIdentity;
  readonly gone: () => void;
}

/** Waits for processes to end. */
export interface ExitWatcher {
  wait(process: ProcessIdentity, signal?: AbortSignal): Promise<void>;
}

/**
 * A watcher that holds a pidfd for each process and has the event loop watch it: no thread, no timer.
 *
 * Where the kernel has no pidfds, or the implementation of foreign calls cannot watch descriptors, all processes
 * together are looked at by one timer, which runs only while there are any.
 */
export function createExitWatcher(system: System): ExitWatcher {
  const looker = createLooker();
  return {
    async wait(process, signal) {
      signal?.throwIfAborted();
      const watch = system.foreign.watchReadable?.bind(system.foreign);
      const pidfd = watch === undefined ? 'unsupported' : await openPidfd(system, process);
      if (pidfd === 'gone') return;
      if (pidfd === 'unsupported' || watch === undefined) {
        await abortable(signal, (done) => looker.add({ process, gone: done }));
        return;
      }
      try {
        await abortable(signal, (done) => {
          const watching = watch(pidfd.fd, done);
          return () => {
            watching.stop();
          };
        });
      } finally {
        pidfd.close();
      }
    },
  };
}

/** Runs `start`, whose result ends the waiting, until it calls `done` or the signal aborts. */
function abortable(signal: AbortSignal | undefined, start: (done: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => () => {
      signal?.removeEventListener('abort', aborted);
      stop();
      settle();
    };
    const aborted = finish(() => {
      reject(signal?.reason as Error);
    });
    const stop = start(finish(resolve));
    if (signal?.aborted === true) aborted();
    else signal?.addEventListener('abort', aborted);
  });
}

/** One timer for all processes. */
function createLooker(): { add(entry: Waiting): () => void } {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    await Promise.all(
      [...waiting].map(async (entry) => {
        // What cannot be read now is looked at again next time.
        const now = await identifyProcess(entry.process.pid).catch(() => entry.process);
        if (!sameProcess(entry.process, now) && waiting.delete(entry)) entry.gone();
      }),
    );
    schedule();
  };
  const schedule = (): void => {
    timer = waiting.size === 0 ? undefined : setTimeout(() => void look(), LOOK_INTERVAL_MS);
  };

  return {
    add(entry) {
      waiting.add(entry);
      if (timer === undefined) schedule();
      return () => {
        waiting.delete(entry);
      };
    },
  };
}
