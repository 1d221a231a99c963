import { appendRun, countFrames, type FrameRun } from '../frames/frame-run.js';
import { EXTENT_FRAMES, type ExtentSize } from '../units.js';
import { totalFrames, type Domain } from './domain.js';
import type { Machine } from './machine.js';

/**
 * How many extents a domain could be given now: by its limit, by what is free and by what others have claimed.
 *
 * A domain's own claim is used up first; beyond it the claims of all are kept (xen/common/page_alloc.c,
 * alloc_heap_pages: an extent is given if it fits into the domain's claim, or into what no claim covers).
 */
export function extentsFor(machine: Machine, domain: Domain, size: ExtentSize, count: number): number {
  const frames = EXTENT_FRAMES[size];
  const byLimit = Math.max(0, Math.floor((domain.maxFrames - totalFrames(domain)) / frames));
  const wanted = Math.min(count, byLimit, machine.frames.available(size));
  const fromClaim = Math.min(wanted, Math.floor(domain.claimFrames / frames));
  const claimLeft = domain.claimFrames - fromClaim * frames;
  const unclaimed = machine.frames.freeFrames - machine.claimedFrames;
  if (fromClaim === wanted || unclaimed < frames) return fromClaim;
  // The first extent beyond the claim uses up what is left of the claim; the others take unclaimed memory alone.
  return Math.min(wanted, fromClaim + Math.floor((unclaimed + claimLeft) / frames));
}

/** Takes extents for a domain and counts them against its claim; fewer where there are not so many. */
export function takeExtents(machine: Machine, domain: Domain, size: ExtentSize, count: number): FrameRun[] {
  const runs = machine.frames.take(size, extentsFor(machine, domain, size, count));
  useClaim(machine, domain, countFrames(runs));
  return runs;
}

/** Frames that belong to no guest: the hypervisor's own. `undefined` where so many are not free of claims. */
export function takeOwn(machine: Machine, count: number): FrameRun[] | undefined {
  if (machine.frames.freeFrames - machine.claimedFrames < count) return undefined;
  return machine.frames.take('4k', count);
}

/** Gives frames back: to the free ones, or to those that must be scrubbed first. */
export function giveBack(machine: Machine, runs: Iterable<FrameRun>): void {
  for (const run of runs) {
    if (machine.settings.scrub === 'later') appendRun(machine.scrubbing, run.start, run.count);
    else machine.frames.free(run);
  }
}

/** Sets what a domain has claimed beyond what it has. */
export function setClaim(machine: Machine, domain: Domain, frames: number): void {
  machine.claimedFrames += frames - domain.claimFrames;
  domain.claimFrames = frames;
}

function useClaim(machine: Machine, domain: Domain, frames: number): void {
  setClaim(machine, domain, Math.max(0, domain.claimFrames - frames));
}
