import { lstat, readdir, stat } from 'node:fs/promises';
import { SENTINEL_FD } from './start.js';

/**
 * The pids of the processes that hold a sentinel as a device model does, by the descriptor that device models inherit.
 * Looks at every process: for rare cases alone.
 */
export async function holdersOf(sentinel: string): Promise<number[]> {
  const pipe = await lstat(sentinel).catch(() => undefined);
  if (pipe?.isFIFO() !== true) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const holders: number[] = [];
  for (const pid of pids) {
    if (pid === process.pid) continue;
    // Processes end while they are looked at.
    const open = await stat(`/proc/${pid}/fd/${SENTINEL_FD}`).catch(() => undefined);
    if (open?.ino === pipe.ino && open.dev === pipe.dev) holders.push(pid);
  }
  return holders;
}
