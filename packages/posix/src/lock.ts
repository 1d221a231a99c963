import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { XenImageError, type FileLock } from '@xen-image/core';
import { failed, fileError, systemError, type System } from './system.js';

/** How often the file may be taken away under the lock before that is an error. */
const MOST_TRIES = 16;

/**
 * Takes an exclusive lock on a file, which is made (mode 0600) where it is not there.
 *
 * Two locks at once: flock(2), and the record lock over the whole file that xl takes (`fcntl`), here as one that belongs
 * to the open file. So it excludes whoever uses either. Both end with the process. A symbolic link is not followed.
 * The few calls that this takes are made at once: a thread for each would take many times as long.
 * @returns `undefined` where another holds either
 */
export function tryLockFile(system: System, path: string): FileLock | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const fd = openLockFile(path);
    let keep = false;
    try {
      const failure = system.flock(fd) ?? system.lockRange(fd);
      if (failed(failure)) {
        if (failure.errno === 'EAGAIN' || failure.errno === 'EACCES') return undefined;
        throw systemError(failure, `cannot lock ${path}`, { path });
      }
      if (isStill(fd, path)) {
        keep = true;
        return lockOf(system, fd);
      }
    } finally {
      if (!keep) letGo(system, fd);
    }
  }
  throw new XenImageError('SYSTEM_CALL_FAILED', `cannot lock ${path}: it is removed again and again`, {
    call: 'flock',
    errno: 'ESTALE',
    data: { path },
  });
}

function openLockFile(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw fileError(error, `cannot open the lock file ${path}`, { path });
  }
}

/** Whether the locked file is the one that now has the name: its last holder may have removed it. */
function isStill(fd: number, path: string): boolean {
  const mine = fstatSync(fd);
  const there = statSync(path, { throwIfNoEntry: false });
  return there?.ino === mine.ino && there.dev === mine.dev;
}

/** A program that is being started has the open file, too, until it is executed: closing alone would leave the lock with it. */
function letGo(system: System, fd: number): void {
  system.unlock(fd);
  closeSync(fd);
}

function lockOf(system: System, fd: number): FileLock {
  let held = true;
  return {
    release() {
      if (held) letGo(system, fd);
      held = false;
      return Promise.resolve();
    },
  };
}
