import { XenImageError } from '@xen-image/core';
import type { FrameRun } from '../frames/frame-run.js';
import { giveBack, takeExtents } from '../hypervisor/allocate.js';
import type { Domain } from '../hypervisor/domain.js';
import type { Machine } from '../hypervisor/machine.js';
import { refuse } from '../hypervisor/refuse.js';
import { EXTENT_FRAMES, kibOf, type ExtentSize } from '../units.js';

/** Extents of each size that a build populated. */
export interface ExtentCounts {
  count4k: number;
  count2m: number;
  count1g: number;
}

/** No extents yet. */
export function noExtents(): ExtentCounts {
  return { count4k: 0, count2m: 0, count1g: 0 };
}

const COUNTER = { '4k': 'count4k', '2m': 'count2m', '1g': 'count1g' } as const;

/** One build's way of populating a domain: `xc_domain_populate_physmap`. */
export interface Populating {
  readonly machine: Machine;
  readonly domain: Domain;
  readonly counts: ExtentCounts;
}

/** Populates up to so many extents from a guest frame on; answers how many there are. */
export function populate(
  { machine, domain, counts }: Populating,
  gfn: number,
  size: ExtentSize,
  count: number,
): number {
  if (count === 0) return 0;
  const runs = takeExtents(machine, domain, size, count);
  const done = mapRuns(domain, gfn, runs) / EXTENT_FRAMES[size];
  counts[COUNTER[size]] += done;
  return done;
}

/**
 * Populates pages, all of them: `xc_domain_populate_physmap_exact`.
 *
 * @throws XenImageError with errno `EBUSY`, which that call answers where memory ran out; what was populated stays
 */
export function populateExactly(populating: Populating, gfn: number, frames: number, call: string): void {
  const done = populate(populating, gfn, '4k', frames);
  if (done < frames) throw shortOf(populating, call, frames, done);
}

/** The error for memory that ran out, with what kept it. */
export function shortOf({ machine, domain }: Populating, call: string, frames: number, done: number): XenImageError {
  const limited = domain.maxFrames - domain.physmap.frames < frames - done;
  const why = limited
    ? `the domain's maximum memory of ${kibOf(domain.maxFrames)} KiB is too small`
    : `the host has ${kibOf(Math.max(0, machine.frames.freeFrames - machine.claimedFrames))} KiB free and unclaimed`;
  return refuse(call, 'EBUSY', {
    domid: domain.domid,
    why: `${kibOf(frames)} KiB were to be populated, ${kibOf(done)} KiB could be: ${why}`,
    said: [
      `Failed allocation for dom ${domain.domid}: ${frames} extents of order 0`,
      `panic: ${call}: can't allocate low memory for domain: Out of memory`,
    ],
    data: { wantedKib: kibOf(frames), populatedKib: kibOf(done), limit: limited ? 'max-memory' : 'host' },
  });
}

/**
 * The error for superpages that are not to be had. Everything that the domain was given is taken back first.
 *
 * @param populated - extents of 2 MiB that could be had
 * @param wanted - extents of 2 MiB that would have been needed
 */
export function superpagesUnavailable(
  { machine, domain }: Populating,
  populated: number,
  wanted: number,
  hint: string,
): XenImageError {
  giveBack(machine, domain.physmap.clear());
  return new XenImageError(
    'SUPERPAGES_UNAVAILABLE',
    `domain ${domain.domid} was to be populated in ${wanted} extents of 2 MiB, ${populated} of them were to be had`,
    {
      call: 'xc_domain_populate_physmap_exact',
      errno: 'EBUSY',
      domain: { domid: domain.domid },
      hint,
      data: { populated, wanted },
    },
  );
}

/** Puts machine frames behind guest frames in order; answers how many. */
function mapRuns(domain: Domain, gfn: number, runs: readonly FrameRun[]): number {
  let at = gfn;
  for (const { start, count } of runs) {
    domain.physmap.add(at, start, count);
    at += count;
  }
  return at - gfn;
}
