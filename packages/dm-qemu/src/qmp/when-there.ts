import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import createDebug from 'debug';
import { isXenImageError } from '@xen-image/core';
import { openQmp, type Qmp } from './commands.js';

const debug = createDebug('xen-image:device-model');

/** How long QEMU takes at most from making its socket to listening at it. */
const LISTENS_MS = 20;

/** How often it is looked for where its directory cannot be watched. */
const LOOK_INTERVAL_MS = 50;

/** The errno's name of a connection that was not made. */
function connectErrno(error: unknown): string | undefined {
  if (!isXenImageError(error) || error.call !== 'connect') return undefined;
  return (error.cause as NodeJS.ErrnoException | undefined)?.code;
}

/** Watches a directory; not where it is not there, or the host's watches are used up (ENOSPC, EMFILE). */
function watched(directory: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, (_event, name) => {
      onChange(name);
    });
    // A directory that goes away takes the device model's start with it, which tells.
    return watcher.on('error', () => undefined);
  } catch (error) {
    debug('%s is not watched: %s', directory, (error as Error).message);
    return undefined;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Connects to the control socket of a QEMU that was just started, once it has made it. The directory is watched where it can be, not
 * looked into again and again; QEMU answers when it is done with its start.
 *
 * @throws XenImageError `QMP_FAILED`, `QMP_TIMEOUT`; the signal's reason where that aborts first
 */
export async function openQmpWhenThere(path: string, timeoutMs: number, signal: AbortSignal): Promise<Qmp> {
  const name = basename(path);
  let change = (): void => undefined;
  const watcher = watched(dirname(path), (changed) => {
    if (changed === name) change();
  });
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
            await orAborted(watcher === undefined ? sleep(LOOK_INTERVAL_MS) : changed, signal);
            break;
          case 'ECONNREFUSED':
            await sleep(LISTENS_MS);
            break;
          default:
            throw error;
        }
      }
    }
  } finally {
    watcher?.close();
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
