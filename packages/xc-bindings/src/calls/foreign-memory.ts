import { errorLines, xcError } from '../library/errors.js';
import type { XcHandle } from '../library/handle.js';
import { PAGE_BYTES } from './memory.js';
import { frameList } from './reservation.js';

/** `PROT_READ` and `PROT_WRITE` (mmap(2)). */
const PROT_READ = 1;
const PROT_WRITE = 2;

/** Pages of a guest, mapped here. */
export interface MappedFrames {
  /** Where they are, one after another. */
  readonly address: bigint;
  readonly sizeBytes: number;
  /** A copy of `length` bytes from `offset` on. */
  read(offset: number, length: number): Buffer;
  write(offset: number, bytes: Buffer): void;
  /** Ends the mapping. A second call does nothing. */
  unmap(): Promise<void>;
}

/**
 * Maps frames of a guest (gfn for HVM and PVH, mfn for PV), all or none: `xenforeignmemory_map`, which is what
 * `xc_map_foreign_range` is made of.
 */
export async function mapFrames(
  xc: XcHandle,
  domid: number,
  frames: readonly (bigint | number)[],
  access: 'read' | 'write',
): Promise<MappedFrames> {
  const fmem = (await xc.invoke('xc_interface_fmem_handle', xc.pointer)).result;
  const list = frameList(frames);
  const protection = access === 'write' ? PROT_READ | PROT_WRITE : PROT_READ;
  const outcome = await xc.invoke('xenforeignmemory_map', fmem, domid, protection, frames.length, list.bytes, null);
  const address = outcome.result;
  if (address === 0n) {
    const said = errorLines(outcome.lines);
    throw xcError({ call: 'xenforeignmemory_map', result: -1, errno: outcome.errno, said }, { domid });
  }
  const sizeBytes = frames.length * PAGE_BYTES;
  let mapped = true;
  const within = (offset: number, length: number): bigint => {
    if (!mapped) throw new TypeError('the frames are no longer mapped');
    if (offset < 0 || length < 0 || offset + length > sizeBytes) {
      throw new RangeError(`${String(offset)} + ${String(length)} is not within ${String(sizeBytes)} mapped bytes`);
    }
    return address + BigInt(offset);
  };
  return {
    address,
    sizeBytes,
    read: (offset, length) => xc.foreign.memory.read(within(offset, length), length),
    write(offset, bytes) {
      xc.foreign.memory.write(within(offset, bytes.length), bytes);
    },
    async unmap() {
      if (!mapped) return;
      mapped = false;
      await xc.require('xenforeignmemory_unmap', { domid }, fmem, address, frames.length);
    },
  };
}
