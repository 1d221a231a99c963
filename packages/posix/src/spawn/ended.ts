import { closeSync } from 'node:fs';
import type { ProgramEnd } from '@xen-image/core';
import { failed, type System } from '../system.js';
import type { NativeSpawn } from './native.js';

/** How often a child is looked at that cannot be watched, in milliseconds. */
const LOOK_INTERVAL_MS = 50;

/**
 * How a child ends, once it does. The event loop watches its pidfd, and is not kept alive by that. libuv waits for the processes
 * alone that it started itself, so that the news are here for whoever asks.
 *
 * A child is looked at by a timer where there is no descriptor left to watch it by, and where its end is told to a debugger first.
 */
export function endOfChild(system: System, native: NativeSpawn, pid: number): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const look = (): void => {
      const end = native.reap(pid);
      if (end === undefined) setTimeout(look, LOOK_INTERVAL_MS).unref();
      else resolve(end);
    };
    if (!watched(system, pid, look)) look();
  });
}

/** Has the event loop tell of an end. @returns whether it does */
function watched(system: System, pid: number, ended: () => void): boolean {
  const pidfd = system.pidfdOpen(pid);
  if (failed(pidfd)) return false;
  try {
    const watch = system.foreign.watchReadable?.(
      pidfd,
      () => {
        watch?.stop();
        closeSync(pidfd);
        ended();
      },
      { ref: false },
    );
    if (watch !== undefined) return true;
  } catch {
    // The event loop takes no more descriptors.
  }
  closeSync(pidfd);
  return false;
}
