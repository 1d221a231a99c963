import { lstat, readdir, stat } from 'node:fs/promises';
import { SENTINEL_FD } from './start.js';

/**
 * The pids of the processes that hold a sentinel as a device model does, by the descriptor that device models inherit.
 * Looks at every process: for rare cases alone.
 *
 * A descriptor can be handed on: whoever is neither this user's nor of the group that the device model runs as is no device
 * model, and not to be ended as one.
 *
 * @param gid - of the group that a device model runs as which has given up its rights
 */
export async function holdersOf(sentinel: string, gid?: number): Promise<number[]> {
  const pipe = await lstat(sentinel).catch(() => undefined);
  if (pipe?.isFIFO() !== true) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const holders: number[] = [];
  for (const pid of pids) {
    if (pid === process.pid) continue;
    // Processes end while they are looked at.
    const open = await stat(`/proc/${pid}/fd/${SENTINEL_FD}`).catch(() => undefined);
    if (open?.ino !== pipe.ino || open.dev !== pipe.dev) continue;
    // The directory itself has the effective ids, whether or not the process may be traced.
    const ids = await stat(`/proc/${pid}`).catch(() => undefined);
    if (ids?.uid === process.geteuid?.() || (ids !== undefined && ids.gid === gid)) holders.push(pid);
  }
  return holders;
}
