import type { XcHandle } from '../library/handle.js';
import type { CallName } from './signatures.js';

/** A list of frame numbers in the form that the hypervisor reads and writes. */
export interface FrameList {
  /** 8 bytes a frame, little-endian. */
  readonly bytes: Buffer;
  readonly length: number;
  get(index: number): bigint;
  set(index: number, frame: bigint | number): void;
}

/** A list of `length` frames, all 0. */
export function createFrameList(length: number): FrameList {
  const bytes = Buffer.alloc(length * 8);
  return {
    bytes,
    length,
    get: (index) => bytes.readBigUInt64LE(index * 8),
    set(index, frame) {
      bytes.writeBigUInt64LE(BigInt(frame), index * 8);
    },
  };
}

/** A list of these frames. */
export function frameList(frames: readonly (bigint | number)[]): FrameList {
  const list = createFrameList(frames.length);
  frames.forEach((frame, index) => {
    list.set(index, frame);
  });
  return list;
}

/** Which extents are meant: their order (log2 of pages) and, one frame for each, where they begin. */
export interface Extents {
  readonly order: number;
  readonly frames: FrameList;
  /** `XENMEMF_*` (xen/include/public/memory.h); 0 where not given. */
  readonly flags?: number;
}

/**
 * Populates extents: `xc_domain_populate_physmap`. The frames say where in the guest; for a PV guest each is replaced by the
 * machine frame that it got.
 * @returns how many, from the first on, were populated: fewer than asked for where memory ran out
 */
export function populatePhysmap(xc: XcHandle, domid: number, extents: Extents): Promise<number> {
  return withFlags(xc, 'xc_domain_populate_physmap', domid, extents);
}

/** As {@link populatePhysmap}, all of them or EBUSY; those that were populated stay so. */
export async function populatePhysmapExact(xc: XcHandle, domid: number, extents: Extents): Promise<void> {
  await withFlags(xc, 'xc_domain_populate_physmap_exact', domid, extents);
}

/**
 * Gives a domain machine memory that is nowhere in its physical map: `xc_domain_increase_reservation`.
 * @returns how many extents it got; their machine frames are in the list
 */
export function increaseReservation(xc: XcHandle, domid: number, extents: Extents): Promise<number> {
  return withFlags(xc, 'xc_domain_increase_reservation', domid, extents);
}

/**
 * Takes extents from a domain: `xc_domain_decrease_reservation`.
 * @returns how many were taken
 */
export function decreaseReservation(xc: XcHandle, domid: number, extents: Omit<Extents, 'flags'>): Promise<number> {
  return withoutFlags(xc, 'xc_domain_decrease_reservation', domid, extents);
}

/** As {@link decreaseReservation}, all of them or EINVAL. */
export async function decreaseReservationExact(
  xc: XcHandle,
  domid: number,
  extents: Omit<Extents, 'flags'>,
): Promise<void> {
  await withoutFlags(xc, 'xc_domain_decrease_reservation_exact', domid, extents);
}

type FlaggedCall = Extract<
  CallName,
  'xc_domain_populate_physmap' | 'xc_domain_populate_physmap_exact' | 'xc_domain_increase_reservation'
>;
type PlainCall = Extract<CallName, 'xc_domain_decrease_reservation' | 'xc_domain_decrease_reservation_exact'>;

function withFlags(xc: XcHandle, call: FlaggedCall, domid: number, { order, frames, flags }: Extents): Promise<number> {
  return xc.require(call, { domid }, xc.pointer, domid, frames.length, order, flags ?? 0, frames.bytes);
}

function withoutFlags(xc: XcHandle, call: PlainCall, domid: number, { order, frames }: Extents): Promise<number> {
  return xc.require(call, { domid }, xc.pointer, domid, frames.length, order, frames.bytes);
}
