import { readFile } from 'node:fs/promises';
import {
  XenImageError,
  type BuildResult,
  type GuestBlob,
  type MemoryRegion,
  type ResolvedBuildSpec,
} from '@xen-image/core';
import { writeField } from '../abi/struct.js';
import { allocateImage, buildStep, copyIntoImage, setImageMemory, type DomImage } from '../calls/image.js';
import { encodeMemoryMap, setMemoryMap, type RawMemoryRegion } from '../calls/memory.js';
import type { XcHandle } from '../library/handle.js';
import { writeHvmInfo } from './hvm-info.js';
import type { KernelCache } from './kernel-cache.js';
import { loadKernel } from './kernel.js';

const BYTES_PER_MIB = 1024 * 1024;
const PAGES_PER_MIB = 256;
const FOUR_GIB = 2 ** 32;
/** The hole for devices below 4 GiB that a guest has where none is told: HVM's, and PVH's (tools/libs/light/libxl_dom.c). */
const EMULATED_HOLE = { startBytes: 0xf0000000, sizeBytes: 0x10000000 };
const BARE_HOLE = { startBytes: 0xfc000000, sizeBytes: 0x4000000 };
/** Pages of the VGA window at 0xa0000. */
const VGA_HOLE_PAGES = 0x20;
const E820_TYPES: Readonly<Record<MemoryRegion['kind'], number>> = {
  ram: 1,
  reserved: 2,
  acpi: 3,
  nvs: 4,
  unusable: 5,
};

/** Where RAM below and above the hole for devices ends; `high` is 0 where all of it is below. */
export function ramEnds(totalBytes: number, holeStartBytes: number): { readonly low: number; readonly high: number } {
  if (totalBytes <= holeStartBytes) return { low: totalBytes, high: 0 };
  return { low: holeStartBytes, high: FOUR_GIB + totalBytes - holeStartBytes };
}

/** The map that hvmloader reads, where the specification has none: RAM above 1 MiB; below, hvmloader knows. */
function defaultMap({ low, high }: { readonly low: number; readonly high: number }): MemoryRegion[] {
  const map: MemoryRegion[] = [{ addressBytes: BYTES_PER_MIB, sizeBytes: low - BYTES_PER_MIB, kind: 'ram' }];
  if (high > 0) map.push({ addressBytes: FOUR_GIB, sizeBytes: high - FOUR_GIB, kind: 'ram' });
  return map;
}

function rawRegion({ addressBytes, sizeBytes, kind }: MemoryRegion): RawMemoryRegion {
  return { addressBytes: BigInt(addressBytes), sizeBytes: BigInt(sizeBytes), type: E820_TYPES[kind] };
}

/** A `struct xc_hvm_firmware_module` that points at a copy of a blob in the image's own memory. */
async function firmwareModule(xc: XcHandle, image: DomImage, data: Buffer, addressBytes?: number): Promise<Buffer> {
  const layout = xc.abi.structs.firmwareModule;
  const module = Buffer.alloc(layout.size);
  writeField(layout, module, 'data', await copyIntoImage(xc, image, data));
  writeField(layout, module, 'length', data.length);
  if (addressBytes !== undefined) writeField(layout, module, 'guest_addr_out', BigInt(addressBytes));
  return module;
}

async function placeAcpi(xc: XcHandle, image: DomImage, blobs: readonly GuestBlob[]): Promise<void> {
  const { maxAcpiModules } = xc.abi.constants;
  if (blobs.length > maxAcpiModules) {
    throw new XenImageError(
      'ACPI_TOO_MANY',
      `${String(blobs.length)} ACPI blobs are more than ${String(maxAcpiModules)}`,
    );
  }
  const stride = xc.abi.structs.firmwareModule.size;
  for (const [index, { data, addressBytes }] of blobs.entries()) {
    const module = await firmwareModule(xc, image, Buffer.from(data), addressBytes);
    image.setBytes('acpi_modules', module, index * stride);
  }
}

async function readFirmware(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    throw new XenImageError('FIRMWARE_UNREADABLE', `the firmware cannot be read: ${message}`, {
      errno: code,
      cause: error,
    });
  }
}

function describeGuest(xc: XcHandle, image: DomImage, spec: ResolvedBuildSpec): { low: number; high: number } {
  const hole = spec.mmioHole ?? (spec.deviceModel === true ? EMULATED_HOLE : BARE_HOLE);
  const ends = ramEnds(spec.maximumMib * BYTES_PER_MIB, hole.startBytes);
  image.setAll({
    container_type: xc.abi.constants.containerHvm,
    device_model: spec.deviceModel === true,
    console_evtchn: spec.channels.console,
    xenstore_evtchn: spec.channels.store,
    max_vcpus: spec.vcpus,
    target_pages: spec.targetMib * PAGES_PER_MIB,
    mmio_start: hole.startBytes,
    mmio_size: hole.sizeBytes,
    lowmem_end: ends.low,
    highmem_end: ends.high,
    vga_hole_size: spec.vgaHole === true ? VGA_HOLE_PAGES : 0,
  });
  return ends;
}

/**
 * Builds an HVM or PVH guest; the sequence is libxl__build_hvm's (tools/libs/light/libxl_dom.c). Above `targetMib` memory is
 * populated on demand.
 */
export async function buildHvm(
  xc: XcHandle,
  domid: number,
  spec: ResolvedBuildSpec,
  cache: KernelCache,
  checkpoint: () => void,
): Promise<BuildResult> {
  if (spec.extents.value === 'all2M') {
    throw new XenImageError('SUPERPAGES_UNSUPPORTED', 'only PV guests can be built in 2 MiB extents alone', {
      domain: { domid },
    });
  }
  const firmware = spec.firmware === undefined ? undefined : await readFirmware(spec.firmware);
  const image = await allocateImage(xc, spec.commandLine, spec.features);
  try {
    const ends = describeGuest(xc, image, spec);
    await loadKernel(xc, domid, image, spec, cache);
    if (firmware !== undefined) image.setBytes('system_firmware_module', await firmwareModule(xc, image, firmware));
    checkpoint();
    await setImageMemory(xc, image, spec.maximumMib);
    await buildStep(xc, domid, image, 'xc_dom_boot_mem_init');
    await placeAcpi(xc, image, spec.acpi ?? []);
    const map = (spec.memoryMap ?? defaultMap(ends)).map(rawRegion);
    await setMemoryMap(xc, domid, map);
    image.set('e820', await copyIntoImage(xc, image, encodeMemoryMap(xc, map)));
    image.set('e820_entries', map.length);
    for (const step of ['xc_dom_build_image', 'xc_dom_boot_image', 'xc_dom_gnttab_init'] as const) {
      checkpoint();
      await buildStep(xc, domid, image, step);
    }
    if (spec.hvmInfo !== undefined) await writeHvmInfo(xc, domid, spec.hvmInfo);
    const { xenstore_pfn, console_pfn } = image.getNumbers('xenstore_pfn', 'console_pfn');
    return { storeFrame: xenstore_pfn, consoleFrame: console_pfn, notes: {} };
  } finally {
    await image.release();
  }
}
