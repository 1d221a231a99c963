import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { XenImageError } from '@xen-image/core';
import { unsafe } from './unsafe.js';

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Who may read a log: it can hold what a guest printed. */
const LOG_MODE = 0o600;
/** How many lines of a log an error carries. */
const TOLD_LINES = 20;
const MOST_BYTES_READ = 64 * 1024;
/**
 * A log that is appended to is begun anew once it has so many: a restricted device model may write files of 64 MiB at most, and
 * would be ended by its first line.
 */
const MOST_APPENDED_BYTES = 16 * 1024 * 1024;

/** The log of a domain's device model. The name cannot lead out of the directory: it is one path element. */
export function logPath(directory: string, name: string): string {
  if (name.includes('/') || name.includes('\0')) throw new TypeError(`${JSON.stringify(name)} is no domain's name`);
  return join(directory, `qemu-dm-${name}.log`);
}

/** A log that was opened for a device model. */
export interface OpenLog {
  readonly fd: number;
  readonly path: string;
  /** Where this device model's output begins. */
  readonly from: number;
  close(): void;
}

/**
 * Opens a domain's log, after the older ones were moved on by one number; the oldest goes. With no generations to keep,
 * the log there is appended to, up to 16 MiB.
 *
 * Links are moved like any other file and never followed; a log that is made has mode 0600 whatever the umask. Nothing of
 * it is left to other threads: these dozen calls take less time than one of them takes to hand over.
 *
 * @throws XenImageError `DEVICE_MODEL_LOG` with the errno
 */
export function openLog(directory: string, name: string, generations: number): OpenLog {
  const path = logPath(directory, name);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    if (generations > 0) rotate(path, generations);
    return generations > 0 ? made(path) : appended(path);
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
function rotate(path: string, generations: number): void {
  const isThere = (name: string): boolean => lstatSync(name, { throwIfNoEntry: false }) !== undefined;
  let next = `${path}.${generations}`;
  if (isThere(next)) unlinkSync(next);
  for (let n = generations - 1; n >= 0; n -= 1) {
    const name = n === 0 ? path : `${path}.${n}`;
    if (isThere(name)) renameSync(name, next);
    next = name;
  }
}

function made(path: string): OpenLog {
  return withMode(openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, LOG_MODE), path);
}

function appended(path: string): OpenLog {
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, LOG_MODE);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw unsafe(path, 'is no plain file');
    if (stats.nlink > 1) throw unsafe(path, 'has more than one name (hard links)');
    if (stats.uid !== process.geteuid?.()) throw unsafe(path, `belongs to user ${stats.uid}`);
    if (stats.size >= MOST_APPENDED_BYTES) ftruncateSync(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return withMode(fd, path);
}

/** The umask may have taken rights away, down to the owner's own. */
function withMode(fd: number, path: string): OpenLog {
  const { mode, size } = fstatSync(fd);
  if (size === 0 && (mode & 0o777) !== LOG_MODE) chmodSync(`/proc/self/fd/${fd}`, LOG_MODE);
  return {
    fd,
    path,
    from: size,
    close() {
      closeSync(fd);
    },
  };
}

/** The last lines that were written to a log since `from`; none where it cannot be read. */
export function logLines(path: string, from = 0): readonly string[] {
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const { size } = fstatSync(fd);
    const begin = Math.max(from, size - MOST_BYTES_READ);
    if (begin >= size) return [];
    const buffer = Buffer.alloc(size - begin);
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, begin));
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-TOLD_LINES);
  } catch {
    return [];
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
