import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import createDebug from 'debug';
import { isXenImageError, XenImageError, type Posix } from '@xen-image/core';
import { errnoOf, unsafe } from './unsafe.js';

const debug = createDebug('xen-image:device-model');

const { O_RDONLY, O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

const SENTINEL_MODE = 0o600;
/** How many sentinels of one domid and second there can be. */
const MOST_NAMES = 100;
const NAME = /^dm-(\d+)-\d+(?:-\d+)?\.fifo$/;
/** A younger one may be about to be handed to a device model. */
const STALE_AFTER_MS = 10_000;

/**
 * Makes a sentinel: a named pipe whose writing end the device model inherits, so that the end of file tells its end.
 * Its name is xend's, `dm-DOMID-SECONDS.fifo`, with a number behind it where that second has one already.
 */
export async function makeSentinel(posix: Posix, directory: string, domid: number): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  for (let attempt = 0; attempt < MOST_NAMES; attempt += 1) {
    const path = join(directory, `dm-${domid}-${seconds}${attempt === 0 ? '' : `-${attempt}`}.fifo`);
    try {
      await posix.mkfifo(path, SENTINEL_MODE);
      return path;
    } catch (error) {
      if (!isXenImageError(error) || error.errno !== 'EEXIST') throw error;
    }
  }
  throw new XenImageError('SYSTEM_CALL_FAILED', `${directory} is full of sentinels of domain ${domid}`, {
    phase: 'device-model',
    call: 'mkfifo',
    errno: 'EEXIST',
  });
}

/** The sentinels of a domid: by their names they are found even where nobody came to record them. */
export async function sentinelsOf(directory: string, domid: number): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => NAME.exec(name)?.[1] === String(domid)).map((name) => join(directory, name));
}

/** Both ends of a sentinel. The reading end is there only so that the other can be opened. */
export interface SentinelEnds {
  readonly writer: number;
  close(): void;
}

/** Opens a sentinel for a device model to inherit. Neither end is waited for; both are closed by an `exec`. */
export function openForChild(path: string): SentinelEnds {
  const reader = openSentinel(path);
  try {
    // By the descriptor: whatever has the name by now, this pipe is meant.
    const writer = openSync(`/proc/self/fd/${reader}`, O_WRONLY | O_NONBLOCK);
    return {
      writer,
      close() {
        closeSync(writer);
        closeSync(reader);
      },
    };
  } catch (error) {
    closeSync(reader);
    throw error;
  }
}

/**
 * Opens the reading end without waiting for a writer.
 *
 * @throws XenImageError `FILE_UNSAFE` for a link or what is no pipe; the errno's error where there is nothing
 */
function openSentinel(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') throw unsafe(path, 'is a symbolic link');
    throw error;
  }
  const stats = fstatSync(fd);
  if (stats.isFIFO() && stats.uid === process.geteuid?.()) return fd;
  closeSync(fd);
  throw unsafe(path, stats.isFIFO() ? `belongs to user ${stats.uid}` : 'is no named pipe');
}

/** Whether a process holds the writing end of an open sentinel. What was written to it is thrown away. */
function isHeld(fd: number): boolean {
  const scratch = Buffer.alloc(4096);
  try {
    for (;;) if (readSync(fd, scratch, 0, scratch.length, null) === 0) return false;
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return true;
    throw error;
  }
}

/**
 * Opens the reading end of a sentinel that a process holds.
 *
 * @param held - whether one does
 * @returns `undefined` where nobody does
 * @throws as {@link openSentinel}; the errno's error where it cannot be read
 */
export function openHeld(path: string, held = isHeld): number | undefined {
  const fd = openSentinel(path);
  let keep = false;
  try {
    keep = held(fd);
  } finally {
    if (!keep) closeSync(fd);
  }
  return keep ? fd : undefined;
}

/** Removes a sentinel; passed over where it is gone. Only what a sentinel is called and is, is removed. */
export async function removeSentinel(path: string): Promise<void> {
  if (!NAME.test(path.slice(path.lastIndexOf('/') + 1))) return;
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFIFO() !== true) return;
  await unlink(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}

/**
 * Removes the sentinels that nobody has: named by no record, held open by no process, and not of this moment. One that cannot be removed
 * is passed over: it keeps nobody from watching the others.
 *
 * @param inUse - those that records name; asked for after the directory was listed
 * @param remove - removes one
 * @returns what was removed
 */
export async function removeStaleSentinels(
  directory: string,
  inUse: () => Promise<ReadonlySet<string>>,
  remove: (path: string) => Promise<void> = removeSentinel,
): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const candidates = names.filter((name) => NAME.test(name)).map((name) => join(directory, name));
  if (candidates.length === 0) return [];
  const used = await inUse();
  const removed: string[] = [];
  for (const path of candidates) {
    if (used.has(path) || isHeldByAnyone(path) || (await isYoung(path))) continue;
    try {
      await remove(path);
      removed.push(path);
    } catch (error) {
      debug('could not remove the stale sentinel %s: %s', path, (error as Error).message);
    }
  }
  return removed;
}

async function isYoung(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found === undefined || Date.now() - found.mtimeMs < STALE_AFTER_MS;
}

/** Whether a process holds a sentinel's writing end. What is no sentinel counts as held: it is left alone. */
export function isHeldByAnyone(path: string): boolean {
  let fd: number;
  try {
    fd = openSentinel(path);
  } catch {
    return true;
  }
  try {
    return isHeld(fd);
  } finally {
    closeSync(fd);
  }
}
