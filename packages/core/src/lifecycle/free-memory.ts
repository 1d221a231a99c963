import type { Memory, PhysicalMemory } from '../contract/ports/memory.js';
import { isXenImageError, XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';

/** How long freed pages are given to be scrubbed. */
const SCRUB_WAIT_MS = 10_000;
const SCRUB_POLL_MS = 50;

/** What a new domain can have: free memory that nobody has claimed. */
export function unclaimedKib(memory: PhysicalMemory): number {
  return Math.max(0, memory.freeKib - memory.claimedKib);
}

/**
 * Waits until so much memory is free, as long as more of it is being scrubbed.
 *
 * @throws XenImageError `MEMORY_SHORT` with what is needed, free and being scrubbed
 */
export async function waitForFreeMemory(
  memory: Memory,
  neededKib: number,
  signal: AbortSignal | undefined,
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += SCRUB_POLL_MS) {
    throwIfAborted(signal);
    const now = await memory.physical();
    const freeKib = unclaimedKib(now);
    if (freeKib >= neededKib) return;
    // A figure that is no number is never free, however long it is waited for.
    const comesFree = freeKib + now.scrubbingKib >= neededKib;
    if (!comesFree || waitedMs >= SCRUB_WAIT_MS) throw short(neededKib, now);
    await sleep(SCRUB_POLL_MS);
  }
}

/**
 * Takes memory that was free when it was looked at. Where another toolstack was quicker, that is what the error says.
 *
 * @throws XenImageError `MEMORY_SHORT` in place of a refusal with ENOMEM; whatever else `take` throws
 */
export async function takeFreeMemory(memory: Memory, neededKib: number, take: () => Promise<void>): Promise<void> {
  try {
    await take();
  } catch (error) {
    if (!isXenImageError(error) || error.errno !== 'ENOMEM') throw error;
    const { call, errno, said } = error;
    throw short(neededKib, await memory.physical()).with({ call, errno, said, cause: error });
  }
}

/** The error where so much is needed and so little is free. */
export function short(neededKib: number, now: PhysicalMemory): XenImageError {
  const freeKib = unclaimedKib(now);
  const claimed = now.claimedKib > 0 ? ` (${now.claimedKib} KiB more are claimed by domains being built)` : '';
  return new XenImageError(
    'MEMORY_SHORT',
    `not enough free memory: ${neededKib} KiB are needed, ${freeKib} KiB are free${claimed}`,
    {
      phase: 'reserve',
      hint:
        freeKib < neededKib
          ? `Free ${neededKib - freeKib} KiB: shut a guest down, give it less memory, or lower dom0's.`
          : 'Try again: memory that was taken a moment ago is free.',
      data: { neededKib, freeKib, scrubbingKib: now.scrubbingKib, claimedKib: now.claimedKib },
    },
  );
}
