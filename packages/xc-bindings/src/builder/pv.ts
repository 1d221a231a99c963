import type { BuildResult, ResolvedBuildSpec } from '@xen-image/core';
import { toNumber } from '../abi/struct.js';
import { allocateImage, buildStep, imageGuestOs, setImageMemory, type DomImage } from '../calls/image.js';
import type { XcHandle } from '../library/handle.js';
import type { KernelCache } from './kernel-cache.js';
import { loadKernel } from './kernel.js';
import { populateSuperpages } from './superpages.js';

const P2M_ENTRY_BYTES = 8;

/** The machine frame behind a guest frame. */
function machineFrame(xc: XcHandle, image: DomImage, pfn: number): number {
  const entry = image.get('pv_p2m') + BigInt((pfn - image.getNumber('rambase_pfn')) * P2M_ENTRY_BYTES);
  return toNumber(xc.foreign.memory.read(entry, P2M_ENTRY_BYTES).readBigUInt64LE());
}

/** Builds a PV guest; the sequence is libxl__build_dom's (tools/libs/light/libxl_dom.c). */
export async function buildPv(
  xc: XcHandle,
  domid: number,
  spec: ResolvedBuildSpec,
  cache: KernelCache,
  checkpoint: () => void,
): Promise<BuildResult> {
  const image = await allocateImage(xc, spec.commandLine, spec.features);
  try {
    image.set('container_type', xc.abi.constants.containerPv);
    image.set('console_evtchn', spec.channels.console);
    image.set('xenstore_evtchn', spec.channels.store);
    image.set('max_vcpus', spec.vcpus);
    await loadKernel(xc, domid, image, spec, cache);
    checkpoint();
    await setImageMemory(xc, image, spec.targetMib);
    if (spec.extents.value === 'all2M') await populateSuperpages(xc, domid, image, checkpoint);
    else await buildStep(xc, domid, image, 'xc_dom_boot_mem_init');
    for (const step of ['xc_dom_build_image', 'xc_dom_boot_image', 'xc_dom_gnttab_init'] as const) {
      checkpoint();
      await buildStep(xc, domid, image, step);
    }
    const guestOs = await imageGuestOs(xc, image);
    return {
      storeFrame: machineFrame(xc, image, image.getNumber('xenstore_pfn')),
      consoleFrame: machineFrame(xc, image, image.getNumber('console_pfn')),
      notes: guestOs === null ? {} : { GUEST_OS: guestOs },
    };
  } finally {
    await image.release();
  }
}
