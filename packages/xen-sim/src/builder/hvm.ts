import { HVM_PARAMS, type BuildResult, type GuestBlob, type ResolvedBuildSpec } from '@xen-image/core';
import { setClaim } from '../hypervisor/allocate.js';
import { countFrames } from '../frames/frame-run.js';
import { p2mFrames } from '../hypervisor/paging-pool.js';
import { refuse } from '../hypervisor/refuse.js';
import { FRAME_BYTES, FRAMES_PER_MIB, kibOf } from '../units.js';
import { populateExactly, shortOf, type Populating } from './extents.js';
import { ACPI_GFN, IOREQ, memoryMap, mmioHole, ramRanges, SPECIAL, VGA_HOLE } from './hvm-layout.js';
import { populateHvm, populateOnDemand, type HvmMemory } from './hvm-populate.js';

const BUILD = 'xc_dom_build_image';

/** Builds an HVM or a PVH guest: RAM, special pages, ACPI tables, and the parameters that name them. */
export function buildHvm(populating: Populating, spec: ResolvedBuildSpec): BuildResult {
  const { machine, domain, counts } = populating;
  const memory: HvmMemory = {
    ranges: ramRanges(spec),
    vgaHole: spec.vgaHole === true,
    mmioHole: mmioHole(spec),
    all2M: spec.extents.value === 'all2M',
  };
  try {
    if (spec.targetMib < spec.maximumMib) populateOnDemand(populating, memory, podTarget(spec, memory));
    else populateHvm(populating, memory);
  } finally {
    setClaim(machine, domain, 0);
  }
  checkPool(populating);
  domain.memoryMap = memoryMap(spec);
  const extents = { ...counts };
  special(populating, SPECIAL.first, SPECIAL.count);
  if (spec.deviceModel === true) special(populating, IOREQ.first, IOREQ.count);
  placeTables(populating, spec.acpi ?? []);
  const { params } = domain;
  params.set(HVM_PARAMS.storePfn, SPECIAL.store);
  params.set(HVM_PARAMS.consolePfn, SPECIAL.console);
  params.set(HVM_PARAMS.storeEvtchn, spec.channels.store);
  params.set(HVM_PARAMS.consoleEvtchn, spec.channels.console);
  return { storeFrame: SPECIAL.store, consoleFrame: SPECIAL.console, extents };
}

function podTarget(spec: ResolvedBuildSpec, { vgaHole }: HvmMemory): number {
  return spec.targetMib * FRAMES_PER_MIB - (vgaHole ? VGA_HOLE.end - VGA_HOLE.first : 0);
}

/** The guest's page tables come out of its paging pool. */
function checkPool(populating: Populating): void {
  const { domain } = populating;
  if (!domain.spec.hap) return;
  const needed = p2mFrames(domain.physmap.runs);
  const pool = countFrames(domain.pool);
  if (needed <= pool) return;
  throw refuse('xc_dom_boot_mem_init', 'EBUSY', {
    domid: domain.domid,
    why: `page tables need ${kibOf(needed)} KiB of the paging pool, which has ${kibOf(pool)} KiB`,
    hint: 'Set the size of the paging pool before the build.',
  });
}

/** Populates pages outside RAM. What was got before memory ran out stays. */
function special(populating: Populating, gfn: number, count: number): void {
  const { domain } = populating;
  if (domain.physmap.overlaps(gfn, count)) {
    throw refuse(BUILD, 'EINVAL', {
      domid: domain.domid,
      why: `pages 0x${gfn.toString(16)} and on hold RAM: the hole for devices is too small`,
    });
  }
  populateExactly(populating, gfn, count, BUILD);
}

/** Places ACPI tables, each on pages of its own where there is no RAM. */
function placeTables(populating: Populating, blobs: readonly GuestBlob[]): void {
  const { physmap } = populating.domain;
  let next = ACPI_GFN;
  for (const { data, addressBytes = next * FRAME_BYTES } of blobs) {
    const first = Math.floor(addressBytes / FRAME_BYTES);
    const end = Math.ceil((addressBytes + data.length) / FRAME_BYTES);
    const missing: number[] = [];
    for (let gfn = first; gfn < end; gfn += 1) if (physmap.mfnOf(gfn) === undefined) missing.push(gfn);
    let done = 0;
    for (const gfn of missing) {
      if (populating.domain.maxFrames <= physmap.frames) throw shortOf(populating, BUILD, missing.length, done);
      populateExactly(populating, gfn, 1, BUILD);
      done += 1;
    }
    next = Math.max(next, end);
  }
}
