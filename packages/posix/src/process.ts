import { readFile } from 'node:fs/promises';
import type { ProcessIdentity } from '@xen-image/core';

/**
 * Who runs under a pid now; `undefined` where nobody does. A zombie counts as gone.
 *
 * From `/proc/PID/stat` (proc(5)): the process's name stands in parentheses and may hold anything, so the fields are
 * counted from the last one.
 */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isSafeInteger(pid) || pid < 1) throw new TypeError(`not a pid: ${String(pid)}`);
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(absent);
  return text === undefined ? undefined : identityOf(pid, text);
}

function absent(error: unknown): undefined {
  // ESRCH: the process ended between open and read.
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ESRCH') return undefined;
  throw error;
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
