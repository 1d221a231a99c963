import { toNumber, toPages, writeField } from '../abi/struct.js';
import type { XcHandle } from '../library/handle.js';

/** The size of a page, in bytes. */
export const PAGE_BYTES = 4096;

/** log2 of the pages in an extent of 4 KiB, 2 MiB and 1 GiB. */
export const EXTENT_ORDERS = { pages4k: 0, pages2m: 9, pages1g: 18 } as const;

const BYTES_PER_MIB = 1024 * 1024;

/** The most that a domain may hold: `xc_domain_setmaxmem`. */
export async function setMaxMemory(xc: XcHandle, domid: number, maxMemoryKib: number): Promise<void> {
  await xc.require('xc_domain_setmaxmem', { domid }, xc.pointer, domid, maxMemoryKib);
}

/** The size of the memory map that a PV guest is shown: `xc_domain_set_memmap_limit`. */
export async function setMemmapLimit(xc: XcHandle, domid: number, limitKib: number): Promise<void> {
  await xc.require('xc_domain_set_memmap_limit', { domid }, xc.pointer, domid, limitKib);
}

/**
 * The pool for shadow or HAP page tables: `xc_set_paging_mempool_size`. Before Xen 4.17 it is `xc_shadow_control` with
 * whole MiB, rounded up.
 * @param poolBytes - whole pages
 */
export async function setPagingPool(xc: XcHandle, domid: number, poolBytes: number): Promise<void> {
  if (xc.has('xc_set_paging_mempool_size')) {
    await xc.require('xc_set_paging_mempool_size', { domid }, xc.pointer, domid, poolBytes);
    return;
  }
  const mib = Buffer.alloc(4);
  mib.writeUInt32LE(Math.ceil(poolBytes / BYTES_PER_MIB));
  const { shadowSetAllocation } = xc.abi.constants;
  await xc.require('xc_shadow_control', { domid }, xc.pointer, domid, shadowSetAllocation, mib, 0);
}

/**
 * Claims pages for a domain, those that it has counted in; 0 gives the claim up: `xc_domain_claim_pages`. ENOMEM where so
 * much is not free.
 */
export async function claimPages(xc: XcHandle, domid: number, pages: number): Promise<void> {
  await xc.require('xc_domain_claim_pages', { domid }, xc.pointer, domid, pages);
}

/** Pages of a populate-on-demand guest: `xc_domain_get_pod_target`. */
export interface PodTarget {
  /** Pages that the domain has, the cache counted in. */
  readonly totalPages: number;
  /** Pages kept for guest frames that are not yet populated. */
  readonly cachePages: number;
  /** Guest frames that are not yet populated. */
  readonly entries: number;
}

/** What is still to be populated on demand; all but the total 0 for a guest that is not built so. */
export async function podTarget(xc: XcHandle, domid: number): Promise<PodTarget> {
  const [total, cache, entries] = [Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8)];
  await xc.require('xc_domain_get_pod_target', { domid }, xc.pointer, domid, total, cache, entries);
  return decodePod(total, cache, entries);
}

/** Sets how many pages the guest may have, its cache grows or shrinks: `xc_domain_set_pod_target`. */
export async function setPodTarget(xc: XcHandle, domid: number, targetPages: number): Promise<PodTarget> {
  const [total, cache, entries] = [Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8)];
  await xc.require('xc_domain_set_pod_target', { domid }, xc.pointer, domid, targetPages, total, cache, entries);
  return decodePod(total, cache, entries);
}

function decodePod(total: Buffer, cache: Buffer, entries: Buffer): PodTarget {
  return {
    totalPages: toPages(total.readBigUInt64LE()),
    cachePages: toPages(cache.readBigUInt64LE()),
    entries: toPages(entries.readBigUInt64LE()),
  };
}

/** The highest guest frame number in use: `xc_domain_maximum_gpfn`. */
export async function maximumGpfn(xc: XcHandle, domid: number): Promise<number> {
  const gpfn = Buffer.alloc(8);
  await xc.require('xc_domain_maximum_gpfn', { domid }, xc.pointer, domid, gpfn);
  return toNumber(gpfn.readBigUInt64LE());
}

/** A region of the memory map as a guest reads it. */
export interface RawMemoryRegion {
  readonly addressBytes: bigint;
  readonly sizeBytes: bigint;
  /** E820 type: 1 RAM, 2 reserved, 3 ACPI, 4 NVS, 5 unusable. */
  readonly type: number;
}

/** The regions as an array of `struct e820entry`. */
export function encodeMemoryMap(xc: Pick<XcHandle, 'abi'>, regions: readonly RawMemoryRegion[]): Buffer {
  const layout = xc.abi.structs.e820Entry;
  const map = Buffer.alloc(layout.size * regions.length);
  regions.forEach(({ addressBytes, sizeBytes, type }, index) => {
    const base = index * layout.size;
    writeField(layout, map, 'addr', addressBytes, base);
    writeField(layout, map, 'size', sizeBytes, base);
    writeField(layout, map, 'type', type, base);
  });
  return map;
}

/** Gives an HVM or PVH guest its memory map: `xc_domain_set_memory_map`. */
export async function setMemoryMap(xc: XcHandle, domid: number, regions: readonly RawMemoryRegion[]): Promise<void> {
  const map = encodeMemoryMap(xc, regions);
  await xc.require('xc_domain_set_memory_map', { domid }, xc.pointer, domid, map, regions.length);
}
