import type { MemoryRegion, ResolvedBuildSpec } from '@xen-image/core';
import type { MapEntry } from '../hypervisor/domain.js';
import { FRAME_BYTES, FRAMES_PER_MIB } from '../units.js';

const FOUR_GIB_GFN = 0x10_0000;
/** Where devices begin below 4 GiB: with an emulator, and without (libxl, LIBXL_HVM and PVH layouts). */
const MMIO_START = { emulated: 0xf000_0000, bare: 0xfc00_0000 };
const MMIO_END = 0x1_0000_0000;

/** Special pages: eight that end at 0xff000, and eight of the I/O request server below them. */
export const SPECIAL = { first: 0xfeff8, count: 8, store: 0xfeffc, console: 0xfefff } as const;
export const IOREQ = { first: 0xfeff0, count: 8 } as const;
/** Where ACPI tables go that nobody gave a place. */
export const ACPI_GFN = 0xfc000;
/** The VGA window. */
export const VGA_HOLE = { first: 0xa0, end: 0xc0 } as const;

/** A range of guest frames with RAM; `end` is the first frame behind it. */
export interface RamRange {
  readonly first: number;
  readonly end: number;
}

/** RAM of an HVM container, below the hole for devices and from 4 GiB on. */
export function ramRanges(spec: ResolvedBuildSpec): RamRange[] {
  const frames = spec.maximumMib * FRAMES_PER_MIB;
  const { startBytes } = mmioHole(spec);
  const hole = Math.floor(startBytes / FRAME_BYTES);
  const low = { first: 0, end: Math.min(frames, hole) };
  return frames > hole ? [low, { first: FOUR_GIB_GFN, end: FOUR_GIB_GFN + frames - hole }] : [low];
}

/** The hole for devices that a spec asks for, or the builder's own. */
export function mmioHole(spec: ResolvedBuildSpec): { readonly startBytes: number; readonly sizeBytes: number } {
  if (spec.mmioHole !== undefined) return spec.mmioHole;
  const startBytes = spec.deviceModel === true ? MMIO_START.emulated : MMIO_START.bare;
  return { startBytes, sizeBytes: MMIO_END - startBytes };
}

/** The memory map: as given, or RAM as it lies. */
export function memoryMap(spec: ResolvedBuildSpec): readonly MapEntry[] {
  const given: readonly MemoryRegion[] | undefined = spec.memoryMap;
  if (given !== undefined) return given.map((region) => ({ ...region }));
  return ramRanges(spec).map(({ first, end }) => ({
    addressBytes: first * FRAME_BYTES,
    sizeBytes: (end - first) * FRAME_BYTES,
    kind: 'ram',
  }));
}
