import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { findAbiTable } from '../../src/abi/tables.js';
import * as memory from '../../src/calls/memory.js';
import * as reservation from '../../src/calls/reservation.js';
import { mapFrames } from '../../src/calls/foreign-memory.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

describe('calls about memory', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  it.each([
    [
      'setMaxMemory',
      () => memory.setMaxMemory(recorder.xc, 7, 2 ** 42),
      'xc_domain_setmaxmem xch=1 domid=7 kib=4398046511104',
    ],
    [
      'setMemmapLimit',
      () => memory.setMemmapLimit(recorder.xc, 7, 270_336),
      'xc_domain_set_memmap_limit xch=1 domid=7 kib=270336',
    ],
    [
      'setPagingPool',
      () => memory.setPagingPool(recorder.xc, 7, 1_835_008),
      'xc_set_paging_mempool_size xch=1 domid=7 size=1835008',
    ],
    ['claimPages', () => memory.claimPages(recorder.xc, 7, 49_152), 'xc_domain_claim_pages xch=1 domid=7 pages=49152'],
  ])('%s', async (_name, call, recorded) => {
    await call();
    expect(recorder.calls()).toEqual([recorded]);
  });

  it('setPagingPool before Xen 4.17 gives whole MiB, rounded up', async () => {
    const old = { ...recorder.xc, has: () => false };
    await memory.setPagingPool(old, 7, 1_835_008);
    await memory.setPagingPool(old, 7, 2 ** 20);
    expect(recorder.calls()).toEqual([
      'xc_shadow_control xch=1 domid=7 set_allocation=1 mb=2 mode=0',
      'xc_shadow_control xch=1 domid=7 set_allocation=1 mb=1 mode=0',
    ]);
    expect(findAbiTable('4.16')?.functions).not.toHaveProperty('xc_set_paging_mempool_size');
  });

  it('a claim that is refused is an error with ENOMEM and a hint', async () => {
    recorder.script('xc_domain_claim_pages', -1, 12);
    await expect(memory.claimPages(recorder.xc, 7, 1)).rejects.toMatchObject({
      errno: 'ENOMEM',
      hint: expect.stringContaining('free memory'),
    });
  });

  it('podTarget and setPodTarget read three counts each', async () => {
    expect(await memory.podTarget(recorder.xc, 7)).toEqual({ totalPages: 1, cachePages: 2, entries: 3 });
    expect(await memory.setPodTarget(recorder.xc, 7, 47_104)).toEqual({ totalPages: 4, cachePages: 5, entries: 6 });
    expect(recorder.calls()).toEqual([
      'xc_domain_get_pod_target xch=1 domid=7',
      'xc_domain_set_pod_target xch=1 domid=7 target=47104',
    ]);
  });

  it('maximumGpfn', async () => {
    expect(await memory.maximumGpfn(recorder.xc, 7)).toBe(0xfffff);
  });

  it('setMemoryMap packs the regions', async () => {
    await memory.setMemoryMap(recorder.xc, 7, [
      { addressBytes: 0x10_0000n, sizeBytes: 0xbf0_0000n, type: 1 },
      { addressBytes: 0xfeff_8000n, sizeBytes: 0x8000n, type: 2 },
      { addressBytes: 1n << 32n, sizeBytes: 1n << 40n, type: 1 },
    ]);
    expect(recorder.calls()).toEqual([
      'xc_domain_set_memory_map xch=1 domid=7 0x100000+0xbf00000:1 0xfeff8000+0x8000:2 0x100000000+0x10000000000:1',
    ]);
  });

  describe('reservations', () => {
    const extents = () => ({ order: 9, frames: reservation.frameList([0, 512, 1024n]), flags: 0x10 });

    it('populatePhysmap answers how many, and leaves the machine frames in the list', async () => {
      const asked = extents();
      recorder.script('xc_domain_populate_physmap', 2);
      expect(await reservation.populatePhysmap(recorder.xc, 7, asked)).toBe(2);
      expect(recorder.calls()).toEqual([
        'xc_domain_populate_physmap xch=1 domid=7 order=9 frames=0,0x200,0x400 flags=16',
      ]);
      expect([0, 1, 2].map((index) => asked.frames.get(index))).toEqual([0x100000n, 0x100200n, 0x100400n]);
    });

    it('populatePhysmapExact fails with what libxc said', async () => {
      recorder.script('xc_domain_populate_physmap_exact', -1, 16, 'xc: error: Failed allocation for dom 7');
      await expect(reservation.populatePhysmapExact(recorder.xc, 7, extents())).rejects.toMatchObject({
        call: 'xc_domain_populate_physmap_exact',
        errno: 'EBUSY',
        said: ['xc: Failed allocation for dom 7'],
      });
    });

    it('increaseReservation, decreaseReservation, decreaseReservationExact', async () => {
      expect(await reservation.increaseReservation(recorder.xc, 7, extents())).toBe(3);
      expect(await reservation.decreaseReservation(recorder.xc, 7, extents())).toBe(3);
      await reservation.decreaseReservationExact(recorder.xc, 7, extents());
      expect(recorder.calls()).toEqual([
        'xc_domain_increase_reservation xch=1 domid=7 order=9 frames=0,0x200,0x400 flags=16',
        'xc_domain_decrease_reservation xch=1 domid=7 order=9 frames=0,0x200,0x400',
        'xc_domain_decrease_reservation_exact xch=1 domid=7 order=9 frames=0,0x200,0x400',
      ]);
    });
  });

  describe('mapFrames', () => {
    it('maps, reads, writes and unmaps', async () => {
      const mapped = await mapFrames(recorder.xc, 7, [0x9f, 0xa5n], 'write');
      expect(mapped.sizeBytes).toBe(8192);
      expect(mapped.read(4094, 4).toString('hex')).toBe('9f9fa5a5');
      mapped.write(0, Buffer.from('HVM '));
      await mapped.unmap();
      await mapped.unmap();
      expect(recorder.calls()).toEqual([
        'xenforeignmemory_map fmem=1 domid=7 prot=3 err=0 frames=0x9f,0xa5',
        'xenforeignmemory_unmap fmem=1 same=1 pages=2 begins=48564d20',
      ]);
      expect(() => mapped.read(0, 1)).toThrow(TypeError);
    });

    it('asks for reading alone where that is enough, and stays within what is mapped', async () => {
      const mapped = await mapFrames(recorder.xc, 7, [1], 'read');
      expect(recorder.calls()[0]).toContain('prot=1');
      expect(() => mapped.read(4095, 2)).toThrow(RangeError);
      expect(() => mapped.read(-1, 1)).toThrow(RangeError);
      expect(() => {
        mapped.write(4096, Buffer.alloc(1));
      }).toThrow(RangeError);
      await mapped.unmap();
    });

    it('fails by name', async () => {
      recorder.script('xenforeignmemory_map', -1, 22);
      await expect(mapFrames(recorder.xc, 7, [1], 'read')).rejects.toMatchObject({
        call: 'xenforeignmemory_map',
        errno: 'EINVAL',
        domain: { domid: 7 },
      });
    });
  });
});
