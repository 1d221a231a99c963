import { takeExtents } from '../hypervisor/allocate.js';
import { totalFrames } from '../hypervisor/domain.js';
import { refuse } from '../hypervisor/refuse.js';
import { FRAME_BYTES, FRAMES_1G, FRAMES_2M, kibOf } from '../units.js';
import { populate, populateExactly, superpagesUnavailable, type Populating } from './extents.js';
import { VGA_HOLE, type RamRange } from './hvm-layout.js';

/** As much as is asked for at once where 1 GiB is not to be had. */
const BATCH_FRAMES = 4 * FRAMES_2M;
const CALL = 'xc_dom_boot_mem_init';

/** How an HVM container is to be populated. */
export interface HvmMemory {
  readonly ranges: readonly RamRange[];
  readonly vgaHole: boolean;
  readonly mmioHole: { readonly startBytes: number; readonly sizeBytes: number };
  readonly all2M: boolean;
}

/** Ranges without the VGA window. */
function withoutHole({ ranges, vgaHole }: HvmMemory): RamRange[] {
  return ranges.flatMap(({ first, end }) =>
    vgaHole && first < VGA_HOLE.first && end > VGA_HOLE.end
      ? [
          { first, end: VGA_HOLE.first },
          { first: VGA_HOLE.end, end },
        ]
      : [{ first, end }],
  );
}

/** Populates all RAM in 1 GiB, 2 MiB and 4 KiB extents, as meminit_hvm does (tools/libs/guest/xg_dom_x86.c). */
export function populateHvm(populating: Populating, memory: HvmMemory): void {
  const pieces = withoutHole(memory);
  const wanted2m = pieces.reduce((sum, piece) => sum + wholeRegions(piece), 0);
  for (const { first, end } of pieces) {
    let gfn = first;
    while (gfn < end) {
      const gib = memory.all2M ? 0 : tryGib(populating, memory, gfn, end);
      gfn += gib;
      if (gib > 0) continue;
      const batch = batchFrom(gfn, end);
      const regions = batch % FRAMES_2M === 0 && gfn % FRAMES_2M === 0 ? batch / FRAMES_2M : 0;
      const done = populate(populating, gfn, '2m', regions) * FRAMES_2M;
      if (memory.all2M && done < regions * FRAMES_2M) {
        throw superpagesUnavailable(
          populating,
          populating.counts.count2m,
          wanted2m,
          'Free memory is too little or in too small pieces.',
        );
      }
      populateExactly(populating, gfn + done, batch - done, CALL);
      gfn += batch;
    }
  }
}

/**
 * Makes RAM appear on demand: the domain holds `targetFrames` in all, and every guest frame gets memory when it is
 * touched (xc_domain_set_pod_target, then populating with XENMEMF_populate_on_demand).
 */
export function populateOnDemand(populating: Populating, memory: HvmMemory, targetFrames: number): void {
  const { machine, domain } = populating;
  const call = 'xc_domain_set_pod_target';
  const { domid } = domain;
  if (targetFrames > domain.maxFrames) {
    throw refuse(call, 'EINVAL', { domid, why: `the target exceeds the maximum of ${kibOf(domain.maxFrames)} KiB` });
  }
  const pod = (domain.pod ??= { cache: [], entries: 0 });
  const missing = targetFrames - totalFrames(domain);
  const large = takeExtents(machine, domain, '2m', Math.max(0, Math.floor(missing / FRAMES_2M)));
  pod.cache.push(...large);
  pod.cache.push(...takeExtents(machine, domain, '4k', Math.max(0, targetFrames - totalFrames(domain))));
  if (totalFrames(domain) < targetFrames) throw refuse(call, 'ENOMEM', { domid });
  for (const { first, end } of withoutHole(memory)) pod.entries += end - first;
}

/** Populates a whole GiB where one begins here, fits, is free of devices and is to be had; answers its frames. */
function tryGib(populating: Populating, { mmioHole }: HvmMemory, gfn: number, end: number): number {
  if (gfn % FRAMES_1G !== 0 || end - gfn < FRAMES_1G) return 0;
  const startBytes = gfn * FRAME_BYTES;
  const endBytes = startBytes + FRAMES_1G * FRAME_BYTES;
  if (startBytes < mmioHole.startBytes + mmioHole.sizeBytes && endBytes > mmioHole.startBytes) return 0;
  return populate(populating, gfn, '1g', 1) * FRAMES_1G;
}

/** Frames of the batch that begins here: up to the next boundary of an extent, whole superpages, or the tail. */
function batchFrom(gfn: number, end: number): number {
  const left = Math.min(end - gfn, FRAMES_1G - (gfn % FRAMES_1G));
  if (gfn % FRAMES_2M !== 0) return Math.min(left, FRAMES_2M - (gfn % FRAMES_2M));
  const batch = Math.min(left, BATCH_FRAMES);
  return batch > FRAMES_2M ? batch - (batch % FRAMES_2M) : batch;
}

function wholeRegions({ first, end }: RamRange): number {
  return Math.max(0, Math.floor(end / FRAMES_2M) - Math.ceil(first / FRAMES_2M));
}
