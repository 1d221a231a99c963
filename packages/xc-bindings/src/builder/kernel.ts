import { stat } from 'node:fs/promises';
import { XenImageError, type ResolvedBuildSpec } from '@xen-image/core';
import {
  addModuleFile,
  buildStep,
  parseUnpacked,
  setKernelFile,
  setKernelMemory,
  tieToDomain,
  type DomImage,
} from '../calls/image.js';
import type { XcHandle } from '../library/handle.js';
import type { KernelCache } from './kernel-cache.js';

/** An unpacked kernel of this size or less is kept, too: no file is then opened, mapped and read for the next guest. */
const SMALL_BYTES = 8 * 1024 * 1024;

/** Adds the ramdisk and further modules, which stand in this order for the guest. */
async function addModules(xc: XcHandle, image: DomImage, spec: ResolvedBuildSpec): Promise<void> {
  const ramdisk = spec.ramdisk?.value ?? '';
  if (ramdisk !== '') await addModuleFile(xc, image, ramdisk, null);
  for (const { path, commandLine } of spec.modules ?? []) await addModuleFile(xc, image, path, commandLine ?? null);
}

/**
 * Loads and parses the kernel: what libxenguest unpacked, and a small kernel that was not packed, is kept, and handed over as
 * memory the next time a guest has the same kernel. Unpacking takes most of a build's time.
 */
export async function loadKernel(
  xc: XcHandle,
  domid: number,
  image: DomImage,
  spec: ResolvedBuildSpec,
  cache: KernelCache,
): Promise<void> {
  const { kernel } = spec;
  if (kernel === null) {
    throw new XenImageError('KERNEL_MISSING', 'the guest has nothing to run first: no kernel and no loader', {
      phase: 'build',
      domain: { domid },
    });
  }
  await cache.load(kernel, async (kept, wanted) => {
    if (kept === undefined) await setKernelFile(xc, image, kernel);
    else await setKernelMemory(xc, image, kept);
    await addModules(xc, image, spec);
    await tieToDomain(xc, image, domid);
    if (kept === undefined) await buildStep(xc, domid, image, 'xc_dom_parse_image');
    else await parseUnpacked(xc, domid, image);
    if (!wanted) return undefined;
    const sizeBytes = image.getNumber('kernel_size');
    const { size } = await stat(kernel);
    if (sizeBytes === size && size > SMALL_BYTES) return undefined;
    return xc.foreign.memory.read(image.get('kernel_blob'), sizeBytes);
  });
}
