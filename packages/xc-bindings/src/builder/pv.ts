import type { BuildResult, ResolvedBuildSpec } from '@xen-image/core';
import { toNumber } from '../abi/struct.js';
import { allocateImage, buildStep, imageGuestOs, setImageMemory, type DomImage } from '../calls/image.js';
import type { XcHandle } from '../library/handle.js';
import type { KernelCache } from './kernel-cache.js';
import { loadKernel } from './kernel.js';
import { populateSuperpages } from './superpages.js';

const P2M_ENTRY_BYTES = 8;

/** The machine frames of the guest's rings. */
function ringFrames(xc: XcHandle, image: DomImage): { readonly store: number; readonly console: number } {
  const found = image.getNumbers('pv_p2m', 'rambase_pfn', 'xenstore_pfn', 'console_pfn');
  const machineFrame = (pfn: number): number => {
    const entry = BigInt(found.pv_p2m) + BigInt((pfn - found.rambase_pfn) * P2M_ENTRY_BYTES);
    return toNumber(xc.foreign.memory.read(entry, P2M_ENTRY_BYTES).readBigUInt64LE());
  };
  return { store: machineFrame(found.xenstore_pfn), console: machineFrame(found.console_pfn) };
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
    image.setAll({
      container_type: xc.abi.constants.containerPv,
      console_evtchn: spec.channels.console,
      xenstore_evtchn: spec.channels.store,
      max_vcpus: spec.vcpus,
    });
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
    const frames = ringFrames(xc, image);
    return {
      storeFrame: frames.store,
      consoleFrame: frames.console,
      notes: guestOs === null ? {} : { GUEST_OS: guestOs },
    };
  } finally {
    await image.release();
  }
}
