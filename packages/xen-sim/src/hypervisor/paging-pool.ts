import { countFrames, type FrameRun } from '../frames/frame-run.js';
import type { PhysmapRun } from '../frames/physmap.js';
import { FRAMES_1G, FRAMES_2M, FRAME_KIB, framesIn, whole } from '../units.js';
import { giveBack, takeOwn } from './allocate.js';
import type { Domain } from './domain.js';
import type { Machine } from './machine.js';
import { domainOf, refuse } from './refuse.js';

/** Frames of the pool that a domain with hardware-assisted paging starts with (hap_enable). */
export const FIRST_POOL_FRAMES = 256;

const CALL = 'xc_set_paging_mempool_size';

/**
 * `XEN_DOMCTL_set_paging_mempool_size`: takes the pool from the host's memory, or gives some of it back.
 *
 * What was got before memory ran out stays in the pool, as there.
 */
export function setPagingPool(machine: Machine, domid: number, poolKib: number): void {
  const domain = domainOf(machine, domid, CALL);
  whole('poolKib', poolKib);
  if (domain.spec.container === 'pv') {
    throw refuse(CALL, 'EOPNOTSUPP', { domid, why: 'a PV domain has no paging pool' });
  }
  if (poolKib % FRAME_KIB !== 0) throw refuse(CALL, 'EINVAL', { domid, why: `${poolKib} KiB are no whole pages` });
  const wanted = framesIn(poolKib);
  const has = countFrames(domain.pool);
  if (wanted < p2mFrames(domain.physmap.runs)) {
    throw refuse(CALL, 'ENOMEM', { domid, why: `page tables of the guest use more than ${poolKib} KiB of the pool` });
  }
  if (wanted < has) giveBack(machine, shrink(domain, has - wanted));
  else if (wanted > has) grow(machine, domain, wanted - has);
}

function grow(machine: Machine, domain: Domain, frames: number): void {
  const unclaimed = Math.max(0, machine.frames.freeFrames - machine.claimedFrames);
  const got = takeOwn(machine, Math.min(frames, unclaimed)) ?? [];
  domain.pool.push(...got);
  if (countFrames(got) < frames) throw refuse(CALL, 'ENOMEM', { domid: domain.domid });
}

function shrink(domain: Domain, frames: number): FrameRun[] {
  const freed: FrameRun[] = [];
  for (let left = frames; left > 0;) {
    const { start, count } = domain.pool.pop() as FrameRun;
    const give = Math.min(count, left);
    freed.push({ start: start + count - give, count: give });
    if (give < count) domain.pool.push({ start, count: count - give });
    left -= give;
  }
  return freed;
}

/**
 * Page tables that map a guest's memory: the root, and a table for each GiB and each 2 MiB that is not mapped whole.
 * They come out of the pool.
 */
export function p2mFrames(runs: Iterable<PhysmapRun>): number {
  const gibs = new Set<number>();
  const regions = new Set<number>();
  for (const run of runs) {
    for (const gib of notWhole(run, FRAMES_1G)) gibs.add(gib);
    for (const region of notWhole(run, FRAMES_2M)) regions.add(region);
  }
  return 2 + gibs.size + regions.size;
}

/** Numbers of the units that a run touches without mapping them in one entry. */
function* notWhole({ gfn, mfn, count }: PhysmapRun, unit: number): Iterable<number> {
  const first = Math.floor(gfn / unit);
  const last = Math.floor((gfn + count - 1) / unit);
  if ((mfn - gfn) % unit !== 0) {
    for (let at = first; at <= last; at += 1) yield at;
    return;
  }
  if (gfn % unit !== 0) yield first;
  if ((gfn + count) % unit !== 0) yield last;
}
