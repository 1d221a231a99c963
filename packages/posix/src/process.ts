import { closeSync, openSync, readSync } from 'node:fs';
import type { ProcessIdentity } from '@xen-image/core';

/** Longer than any line of `/proc/PID/stat`: some 50 numbers and a name of at most 64 characters. */
const scratch = Buffer.alloc(2048);

/**
 * Who runs under a pid now; `undefined` where nobody does. A zombie counts as gone.
 *
 * From `/proc/PID/stat` (proc(5)): the process's name stands in parentheses and may hold anything, so the fields are
 * counted from the last one. The kernel answers from memory, so it is read at once and not by another thread.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- so that a refusal is a rejection
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isSafeInteger(pid) || pid < 1) throw new TypeError(`not a pid: ${String(pid)}`);
  const text = readStat(pid);
  return text === undefined ? undefined : identityOf(pid, text);
}

function readStat(pid: number): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(`/proc/${String(pid)}/stat`, 'r');
    return scratch.toString('latin1', 0, readSync(fd, scratch, 0, scratch.length, 0));
  } catch (error) {
    // ESRCH: the process ended between open and read.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Reads one line of `/proc/PID/stat`. */
export function identityOf(pid: number, stat: string): ProcessIdentity | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  if (state === 'Z' || state === 'X' || state === 'x') return undefined;
  return { pid, startTime: Number(fields[19]) };
}

/** Whether two identities are of the same process. */
export function sameProcess(one: ProcessIdentity, other: ProcessIdentity | undefined): boolean {
  return other?.pid === one.pid && other.startTime === one.startTime;
}
