import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { XenImageError } from '@xen-image/core';
import { unsafe } from './unsafe.js';

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Who may read a log: it can hold what a guest printed. */
const LOG_MODE = 0o600;
/** How many lines of a log an error carries. */
const TOLD_LINES = 20;
const MOST_BYTES_READ = 64 * 1024;

/** The log of a domain's device model. The name cannot lead out of the directory: it is one path element. */
export function logPath(directory: string, name: string): string {
  if (name.includes('/') || name.includes('\0')) throw new TypeError(`${JSON.stringify(name)} is no domain's name`);
  return join(directory, `qemu-dm-${name}.log`);
}

/** A log that was opened for a device model. */
export interface OpenLog {
  readonly file: FileHandle;
  readonly path: string;
  /** Where this device model's output begins. */
  readonly from: number;
}

/**
 * Opens a domain's log, after the older ones were moved on by one number; the oldest goes. With no generations to keep,
 * the log there is appended to.
 *
 * Links are moved like any other file and never followed; a log that is made has mode 0600 whatever the umask.
 *
 * @throws XenImageError `DEVICE_MODEL_LOG` with the errno
 */
export async function openLog(directory: string, name: string, generations: number): Promise<OpenLog> {
  const path = logPath(directory, name);
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    if (generations === 0) return await appended(path);
    await rotate(path, generations);
    const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, LOG_MODE);
    return await withMode({ file, path, from: 0 });
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    throw new XenImageError('DEVICE_MODEL_LOG', `the device model's log ${path} cannot be opened: ${message}`, {
      phase: 'device-model',
      errno: code,
      cause: error,
    });
  }
}

/** Moves `LOG.n` to `LOG.(n+1)` and `LOG` to `LOG.1`. Gaps stay: a lone `.3` becomes `.4`. */
async function rotate(path: string, generations: number): Promise<void> {
  const named = Array.from({ length: generations + 1 }, (_, n) => (n === 0 ? path : `${path}.${n}`));
  const there = await Promise.all(named.map(isThere));
  const last = named[generations] ?? path;
  if (there[generations] === true) await unlink(last);
  for (let n = generations - 1; n >= 0; n -= 1) {
    if (there[n] === true) await rename(named[n] ?? path, named[n + 1] ?? last);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function appended(path: string): Promise<OpenLog> {
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, LOG_MODE);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw unsafe(path, 'is no plain file');
    if (stats.nlink > 1) throw unsafe(path, 'has more than one name (hard links)');
    if (stats.uid !== process.geteuid?.()) throw unsafe(path, `belongs to user ${stats.uid}`);
    return await withMode({ file, path, from: stats.size });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The umask may have taken rights away, down to the owner's own. */
async function withMode(log: OpenLog): Promise<OpenLog> {
  const { mode, size } = await log.file.stat();
  if (size === 0 && (mode & 0o777) !== LOG_MODE) await chmod(`/proc/self/fd/${log.file.fd}`, LOG_MODE);
  return log;
}

/** The last lines that were written to a log since `from`; none where it cannot be read. */
export async function logLines(path: string, from = 0): Promise<readonly string[]> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const { size } = await file.stat();
    const begin = Math.max(from, size - MOST_BYTES_READ);
    const buffer = Buffer.alloc(Math.max(0, size - begin));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, begin);
    const text = buffer.subarray(0, bytesRead).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-TOLD_LINES);
  } catch {
    return [];
  } finally {
    await file?.close();
  }
}
