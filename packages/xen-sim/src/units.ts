/** KiB in a frame: Xen counts pages of 4 KiB on x86. */
export const FRAME_KIB = 4;
/** Bytes in a frame. */
export const FRAME_BYTES = 4096;
/** Frames in a MiB. */
export const FRAMES_PER_MIB = 256;
/** Frames in an extent of 2 MiB: order 9. */
export const FRAMES_2M = 512;
/** Extents of 2 MiB in one of 1 GiB. */
export const REGIONS_PER_GIB = 512;
/** Frames in an extent of 1 GiB: order 18. */
export const FRAMES_1G = FRAMES_2M * REGIONS_PER_GIB;

/** Sizes in which memory is handed out. */
export type ExtentSize = '4k' | '2m' | '1g';

/** Frames in an extent of each size. */
export const EXTENT_FRAMES: Readonly<Record<ExtentSize, number>> = { '4k': 1, '2m': FRAMES_2M, '1g': FRAMES_1G };

/** Whole frames in so many KiB, rounded down as the hypervisor does. */
export function framesIn(kib: number): number {
  return Math.floor(kib / FRAME_KIB);
}

/** KiB in so many frames. */
export function kibOf(frames: number): number {
  return frames * FRAME_KIB;
}

/**
 * A whole number that a program handed in.
 *
 * @throws TypeError for anything else, and for what lies outside `least` to 2^53 - 1
 */
export function whole(name: string, value: number, least = 0): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be a whole number of at least ${least}, not ${String(value)}`);
}
