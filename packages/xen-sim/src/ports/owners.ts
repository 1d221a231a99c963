import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Which owners of locks and journal entries still live. */
export interface Owners {
  /** A new owner in this process. */
  begin(): string;
  /** An owner of this process is no more. */
  end(owner: string): void;
  isAlive(owner: string): boolean;
}

/** Tells threads of one process and copies of this module apart. */
const instance = randomUUID();
let ownStart: number | undefined;
let sessions = 0;
const living = new Set<string>();

/** Owners by process and number: those of other processes live as long as their process does. */
export const owners: Owners = {
  begin() {
    ownStart ??= startTimeOf(process.pid) ?? 0;
    const owner = `${process.pid} ${ownStart} ${instance} ${++sessions}`;
    living.add(owner);
    return owner;
  },
  end(owner) {
    living.delete(owner);
  },
  isAlive(owner) {
    const [pid, startTime, home] = owner.split(' ');
    if (home === instance) return living.has(owner);
    const since = startTimeOf(Number(pid)) ?? (isThere(Number(pid)) ? 0 : undefined);
    return startTime === String(since);
  },
};

/** Clock ticks since boot at which a process started; `undefined` where it is gone, or where there is no /proc. */
function startTimeOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
