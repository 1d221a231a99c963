import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isXenImageError } from '@xen-image/core';
import { openQmp, type Qmp } from './commands.js';

/** How long QEMU takes at most from making its socket to listening at it. */
const LISTENS_MS = 20;

/** The errno's name of a connection that was not made. */
function connectErrno(error: unknown): string | undefined {
  if (!isXenImageError(error) || error.call !== 'connect') return undefined;
  return (error.cause as NodeJS.ErrnoException | undefined)?.code;
}

/**
 * Connects to the control socket of a QEMU that was just started, once it has made it. The directory is watched, not
 * looked into again and again; QEMU answers when it is done with its start.
 *
 * @throws XenImageError `QMP_FAILED`, `QMP_TIMEOUT`; the signal's reason where that aborts first
 */
export async function openQmpWhenThere(path: string, timeoutMs: number, signal: AbortSignal): Promise<Qmp> {
  const name = basename(path);
  let change = (): void => undefined;
  const watcher = watch(dirname(path), (_event, changed) => {
    if (changed === name) change();
  });
  // A directory that goes away takes the device model's start with it, which tells.
  watcher.on('error', () => undefined);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => (change = resolve));
      signal.throwIfAborted();
      try {
        return await openQmp(path, timeoutMs, signal);
      } catch (error) {
        signal.throwIfAborted();
        switch (connectErrno(error)) {
          case 'ENOENT':
            await orAborted(changed, signal);
            break;
          case 'ECONNREFUSED':
            await new Promise((resolve) => setTimeout(resolve, LISTENS_MS));
            break;
          default:
            throw error;
        }
      }
    }
  } finally {
    watcher.close();
  }
}

async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let abort = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    abort = resolve;
    signal.addEventListener('abort', abort);
  });
  await Promise.race([work, aborted]);
  signal.removeEventListener('abort', abort);
}
