import type { Domains } from '../contract/ports/domains.js';
import type { Memory, PhysicalMemory } from '../contract/ports/memory.js';
import type { FileLock, Posix } from '../contract/ports/posix.js';
import type { XenStore } from '../contract/ports/xenstore.js';
import { XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';
import { short, unclaimedKib, waitForFreeMemory } from './free-memory.js';

/** What xl locks while it makes dom0 smaller: XL_LOCK_FILE of its sources, where xl.conf names no other. */
const XL_LOCK = '/var/lock/xl';
/** What dom0's balloon driver is to reach, in KiB; and what there is where nobody wrote one yet. */
const TARGET = '/local/domain/0/memory/target';
/** The most that dom0 can have, in KiB. Where there is a target without it, libxl sets none any more. */
const STATIC_MAX = '/local/domain/0/memory/static-max';

const POLL_MS = 100;
/** xl holds its lock for a whole create where it makes dom0 smaller itself. */
const LOCK_WAIT_MS = 60_000;
/** How long dom0 may get no smaller before it is not expected to; xl takes as long. */
const STALL_MS = 10_000;

/** What making dom0 smaller needs. */
export interface Dom0Ports {
  readonly memory: Memory;
  readonly domains: Domains;
  readonly store: XenStore;
  readonly posix: Posix;
}

/** How it is waited; tests wait otherwise. */
export type Sleep = (ms: number) => Promise<void>;

const inReality: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What lacks beside the memory that is free or will be as soon as it is scrubbed. */
function missingKib(now: PhysicalMemory, neededKib: number): number {
  return neededKib - unclaimedKib(now) - now.scrubbingKib;
}

/**
 * Waits until so much memory is free; where it is not, and will not be by scrubbing alone, dom0 gives what lacks, down to
 * its minimum. That is done under xl's lock, which is held for nothing else. Where all that dom0 may give is not enough, it
 * is left as it is.
 *
 * @throws XenImageError `MEMORY_SHORT` with what dom0 has and its minimum; `DOM0_LOCKED` where xl's lock is not to be had
 */
export async function reserveFromDom0(
  ports: Dom0Ports,
  neededKib: number,
  minimumKib: number,
  signal: AbortSignal | undefined,
  sleep: Sleep = inReality,
): Promise<void> {
  if (missingKib(await ports.memory.physical(), neededKib) > 0) {
    const lock = await xlLock(ports.posix, signal, sleep);
    try {
      await shrink(ports, neededKib, minimumKib, signal, sleep);
    } finally {
      await lock.release();
    }
  }
  await waitForFreeMemory(ports.memory, neededKib, signal, sleep);
}

async function xlLock(posix: Posix, signal: AbortSignal | undefined, sleep: Sleep): Promise<FileLock> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    throwIfAborted(signal);
    const lock = await posix.tryLock(XL_LOCK);
    if (lock !== undefined) return lock;
    if (waitedMs >= LOCK_WAIT_MS) {
      throw new XenImageError('DOM0_LOCKED', `${XL_LOCK} is locked: another toolstack makes room for a guest`, {
        phase: 'reserve',
        hint: 'Wait until that is over. lslocks shows who holds the lock.',
      });
    }
    await sleep(POLL_MS);
  }
}

/** Lowers dom0's target until enough is free, and sets it back where that does not come. */
async function shrink(
  { memory, domains, store }: Dom0Ports,
  neededKib: number,
  minimumKib: number,
  signal: AbortSignal | undefined,
  sleep: Sleep,
): Promise<void> {
  const { memoryKib: dom0Kib = 0, maxMemoryKib = 0 } = (await domains.info(0)) ?? {};
  const [target, staticMax] = await Promise.all([store.read(TARGET), store.read(STATIC_MAX)]);
  const hadKib = Number(target ?? dom0Kib);
  // dom0 may have less than its target, which it then would not get smaller for.
  let targetKib = Math.min(hadKib, dom0Kib);
  let now = await memory.physical();
  if (missingKib(now, neededKib) > Math.max(0, targetKib - minimumKib)) {
    throw shortOfDom0(neededKib, now, { dom0Kib, minimumKib });
  }
  const besides = staticMax === undefined ? [{ path: STATIC_MAX, value: String(maxMemoryKib) }] : [];
  const setTarget = (kib: number): Promise<void> => store.write([{ path: TARGET, value: String(kib) }, ...besides]);
  try {
    // What dom0 counts as its memory is not to the page what the hypervisor does: what still lacks is asked for again.
    for (let lackedKib = Infinity; missingKib(now, neededKib) > 0;) {
      const lacksKib = missingKib(now, neededKib);
      if (targetKib <= minimumKib || lacksKib >= lackedKib) throw shortOfDom0(neededKib, now, { dom0Kib, minimumKib });
      lackedKib = lacksKib;
      targetKib = Math.max(minimumKib, targetKib - lacksKib);
      await setTarget(targetKib);
      now = await untilStalled(memory, neededKib, signal, sleep);
    }
  } catch (error) {
    await setTarget(hadKib).catch(() => undefined);
    throw error;
  }
}

/** Waits as long as dom0 gives memory and it is not enough; answers what there is then. */
async function untilStalled(
  memory: Memory,
  neededKib: number,
  signal: AbortSignal | undefined,
  sleep: Sleep,
): Promise<PhysicalMemory> {
  let now = await memory.physical();
  for (let stalledMs = 0; stalledMs < STALL_MS && missingKib(now, neededKib) > 0; stalledMs += POLL_MS) {
    throwIfAborted(signal);
    await sleep(POLL_MS);
    const next = await memory.physical();
    if (missingKib(next, neededKib) < missingKib(now, neededKib)) stalledMs = 0;
    now = next;
  }
  return now;
}

function shortOfDom0(
  neededKib: number,
  now: PhysicalMemory,
  { dom0Kib, minimumKib }: { readonly dom0Kib: number; readonly minimumKib: number },
): XenImageError {
  const error = short(neededKib, now);
  return new XenImageError(
    error.code,
    `${error.message}, and dom0 has ${dom0Kib} KiB, of which it keeps ${minimumKib} KiB`,
    {
      phase: 'reserve',
      hint: 'Shut a guest down, give it less memory, or lower dom0MinimumMib.',
      data: { ...error.data, dom0Kib, dom0MinimumKib: minimumKib },
    },
  );
}
