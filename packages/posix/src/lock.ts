import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { XenImageError, type FileLock } from '@xen-image/core';
import { failed, fileError, systemError, type System } from './system.js';

/** How often the file may be taken away under the lock before that is an error. */
const MOST_TRIES = 16;

/**
 * Takes an exclusive lock on a file, which is made (mode 0600) where it is not there.
 *
 * Two locks at once: flock(2), and the record lock over the whole file that xl takes (`fcntl`), here as one that belongs
 * to the open file. So it excludes whoever uses either. Both end with the process. A symbolic link is not followed.
 * @returns `undefined` where another holds either
 */
export async function tryLockFile(system: System, path: string): Promise<FileLock | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const file = await openLockFile(path);
    let keep = false;
    try {
      const failure = system.flock(file.fd) ?? system.lockRange(file.fd);
      if (failed(failure)) {
        if (failure.errno === 'EAGAIN' || failure.errno === 'EACCES') return undefined;
        throw systemError(failure, `cannot lock ${path}`, { path });
      }
      if (await isStill(file, path)) {
        keep = true;
        return lockOf(file);
      }
    } finally {
      if (!keep) await file.close();
    }
  }
  throw new XenImageError('SYSTEM_CALL_FAILED', `cannot lock ${path}: it is removed again and again`, {
    call: 'flock',
    errno: 'ESTALE',
    data: { path },
  });
}

async function openLockFile(path: string): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw fileError(error, `cannot open the lock file ${path}`, { path });
  }
}

/** Whether the locked file is the one that now has the name: its last holder may have removed it. */
async function isStill(file: FileHandle, path: string): Promise<boolean> {
  const mine = await file.stat();
  const there = await stat(path).catch(() => undefined);
  return there?.ino === mine.ino && there.dev === mine.dev;
}

function lockOf(file: FileHandle): FileLock {
  let held = true;
  return {
    async release() {
      if (!held) return;
      held = false;
      await file.close();
    },
  };
}
