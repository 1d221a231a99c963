import type { BuildResult, ResolvedBuildSpec } from '@xen-image/core';
import { setClaim } from '../hypervisor/allocate.js';
import { refuse } from '../hypervisor/refuse.js';
import { FRAMES_2M, FRAMES_PER_MIB, kibOf } from '../units.js';
import { populate, populateExactly, superpagesUnavailable, type Populating } from './extents.js';
import type { LoadedFiles } from './load.js';

/** Where a kernel begins: 1 MiB. */
const KERNEL_PFN = 0x100;
const P2M_ENTRIES_PER_FRAME = 512;

/** Builds a PV guest: meminit_pv, then the segments that xc_dom_build_image lays out behind the kernel. */
export function buildPv(populating: Populating, spec: ResolvedBuildSpec, files: LoadedFiles): BuildResult {
  const { machine, domain, counts } = populating;
  const frames = spec.targetMib * FRAMES_PER_MIB;
  if (spec.extents.value === 'all2M') populateAll2M(populating, frames);
  else populateBest(populating, frames);
  setClaim(machine, domain, 0);
  const startInfo = KERNEL_PFN + files.kernelFrames + files.moduleFrames + Math.ceil(frames / P2M_ENTRIES_PER_FRAME);
  const pageTables = 4 + Math.ceil(frames / P2M_ENTRIES_PER_FRAME);
  const last = startInfo + 3 + pageTables;
  if (last > frames) {
    throw refuse('xc_dom_build_image', 'ENOMEM', {
      domid: domain.domid,
      why: `kernel, modules and page tables need ${kibOf(last)} KiB, the guest has ${kibOf(frames)} KiB`,
      said: [`xc_dom_alloc_pad: segment kernel too large (0x${last.toString(16)} > 0x${frames.toString(16)} pages)`],
    });
  }
  const storeFrame = domain.physmap.mfnOf(startInfo + 1) ?? 0;
  const consoleFrame = domain.physmap.mfnOf(startInfo + 2) ?? 0;
  return {
    storeFrame,
    consoleFrame,
    notes: { GUEST_OS: 'linux', GUEST_VERSION: '2.6', XEN_VERSION: 'xen-3.0', LOADER: 'generic' },
    extents: { ...counts },
  };
}

function populateBest(populating: Populating, frames: number): void {
  const regions = populate(populating, 0, '2m', Math.floor(frames / FRAMES_2M));
  populateExactly(populating, regions * FRAMES_2M, frames - regions * FRAMES_2M, 'xc_dom_boot_mem_init');
}

function populateAll2M(populating: Populating, frames: number): void {
  const wanted = Math.ceil(frames / FRAMES_2M);
  if (frames % FRAMES_2M !== 0) {
    const mib = frames / FRAMES_PER_MIB;
    throw superpagesUnavailable(
      populating,
      0,
      wanted,
      `${mib} MiB are no multiple of 2 MiB: use ${mib - 1} or ${mib + 1}.`,
    );
  }
  const populated = populate(populating, 0, '2m', wanted);
  if (populated < wanted) {
    throw superpagesUnavailable(
      populating,
      populated,
      wanted,
      'Free memory is too little or in too small pieces: give the guest less memory, or do without superpages.',
    );
  }
}
