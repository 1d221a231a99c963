import { XenImageError } from '@xen-image/core';
import { allocateInImage, type DomImage } from '../calls/image.js';
import { EXTENT_ORDERS } from '../calls/memory.js';
import { createFrameList, decreaseReservation, populatePhysmap, type FrameList } from '../calls/reservation.js';
import type { XcHandle } from '../library/handle.js';

const PAGES_PER_EXTENT = 512;
/** Extents for each call: 1 GiB, so that an abort is heard in between. */
const BATCH = 512;
const P2M_ENTRY_BYTES = 8;

/** Gives populated extents back, so that a failure leaves the domain as empty as it was. */
async function giveBack(xc: XcHandle, domid: number, batches: readonly FrameList[]): Promise<void> {
  for (const frames of batches) {
    if (frames.length > 0) await decreaseReservation(xc, domid, { order: EXTENT_ORDERS.pages2m, frames });
  }
}

function firstOf(frames: FrameList, count: number): FrameList {
  const part = createFrameList(count);
  frames.bytes.copy(part.bytes, 0, 0, part.bytes.length);
  return part;
}

function unavailable(domid: number, populated: number, wanted: number): XenImageError {
  return new XenImageError(
    'SUPERPAGES_UNAVAILABLE',
    `${String(wanted)} extents of 2 MiB are needed, ${String(populated)} were to be had`,
    {
      phase: 'build',
      domain: { domid },
      call: 'xc_domain_populate_physmap',
      errno: 'ENOMEM',
      hint: 'Free memory is in smaller pieces: end guests that hold it, or leave superpages out.',
      data: { wanted, populated },
    },
  );
}

/** One entry a page for each extent of 512 contiguous machine frames. */
function physicalToMachine(extents: FrameList): Buffer {
  const entries = new BigUint64Array(extents.length * PAGES_PER_EXTENT);
  for (let extent = 0; extent < extents.length; extent++) {
    const first = extents.get(extent);
    const base = extent * PAGES_PER_EXTENT;
    for (let page = 0; page < PAGES_PER_EXTENT; page++) entries[base + page] = first + BigInt(page);
  }
  return Buffer.from(entries.buffer);
}

/**
 * Populates a PV guest with 2 MiB extents alone, in place of `xc_dom_boot_mem_init`: each run of 512 guest frames stands
 * on contiguous machine frames that begin at a multiple of 512.
 *
 * @throws XenImageError `SUPERPAGES_UNAVAILABLE`, with everything given back; `SUPERPAGES_UNEVEN` for a size that is no
 * multiple of 2 MiB; `ABORTED`
 */
export async function populateSuperpages(
  xc: XcHandle,
  domid: number,
  image: DomImage,
  checkpoint: () => void,
): Promise<void> {
  const pages = image.getNumber('total_pages');
  if (pages === 0 || pages % PAGES_PER_EXTENT !== 0) {
    throw new XenImageError('SUPERPAGES_UNEVEN', `${String(pages * 4)} KiB is no multiple of 2 MiB`, {
      domain: { domid },
    });
  }
  const wanted = pages / PAGES_PER_EXTENT;
  const p2m = await allocateInImage(xc, image, pages * P2M_ENTRY_BYTES);
  const done: FrameList[] = [];
  let populated = 0;
  try {
    while (populated < wanted) {
      checkpoint();
      const count = Math.min(BATCH, wanted - populated);
      const frames = createFrameList(count);
      for (let index = 0; index < count; index++) frames.set(index, (populated + index) * PAGES_PER_EXTENT);
      const got = await populatePhysmap(xc, domid, { order: EXTENT_ORDERS.pages2m, frames });
      done.push(firstOf(frames, got));
      if (got < count) throw unavailable(domid, populated + got, wanted);
      const at = p2m + BigInt(populated * PAGES_PER_EXTENT * P2M_ENTRY_BYTES);
      xc.foreign.memory.write(at, physicalToMachine(frames));
      populated += got;
    }
  } catch (error) {
    await giveBack(xc, domid, done);
    throw error;
  }
  image.set('pv_p2m', p2m);
  image.set('p2m_size', pages);
}
