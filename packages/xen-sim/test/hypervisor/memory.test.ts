import { describe, expect, it } from '@jest/globals';
import { buildGuest, domainSpec, hvmSpec, newHost, prepare, pvBuild } from '../support/host.js';

const MIB = 1024;
const GIB = 1024 * MIB;

describe('what the host says of its memory', () => {
  it('counts what is free, and what is claimed of it', async () => {
    const { memory, domains } = newHost({ host: { memoryKib: 4 * GIB, dom0Kib: GIB, xenKib: 64 * MIB } });
    expect(await memory.physical()).toEqual({
      totalKib: 4 * GIB,
      freeKib: 3 * GIB - 64 * MIB,
      scrubbingKib: 0,
      claimedKib: 0,
    });
    const domid = await domains.create(domainSpec());
    await memory.setMaxMemory(domid, GIB);
    const before = await memory.physical();
    await memory.claim(domid, GIB);
    expect(await memory.physical()).toEqual({ ...before, claimedKib: GIB });
  });

  it('holds freed memory back until it is scrubbed, where scrubbing takes time', async () => {
    const host = newHost({ host: { scrub: 'later' } });
    const { freeKib } = await host.memory.physical();
    const domid = await buildGuest(host, 64);
    await host.domains.destroy(domid);
    const dirty = await host.memory.physical();
    expect(dirty.freeKib + dirty.scrubbingKib).toBe(freeKib);
    expect(dirty.scrubbingKib).toBeGreaterThan(64 * MIB);
    await host.simulator.scrub(MIB);
    expect((await host.memory.physical()).scrubbingKib).toBe(dirty.scrubbingKib - MIB);
    await host.simulator.scrub();
    expect(await host.memory.physical()).toMatchObject({ freeKib, scrubbingKib: 0 });
  });
});

describe('claims', () => {
  it('are refused beyond the limit of the domain, which is nothing at first', async () => {
    const { domains, memory } = newHost();
    const domid = await domains.create(domainSpec());
    await expect(memory.claim(domid, MIB)).rejects.toMatchObject({ call: 'xc_domain_claim_pages', errno: 'EINVAL' });
    await memory.setMaxMemory(domid, MIB);
    await expect(memory.claim(domid, MIB)).resolves.toBeUndefined();
  });

  it('are one at a time, and not for what the domain has', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 64);
    await host.memory.setMaxMemory(domid, GIB);
    await expect(host.memory.claim(domid, 64 * MIB)).rejects.toMatchObject({ errno: 'EINVAL' });
    await host.memory.claim(domid, 65 * MIB);
    expect((await host.memory.physical()).claimedKib).toBe(MIB);
    await expect(host.memory.claim(domid, 66 * MIB)).rejects.toMatchObject({ errno: 'EINVAL' });
    await host.memory.claim(domid, 0);
    expect((await host.memory.physical()).claimedKib).toBe(0);
  });

  it('exclude one another: what is claimed cannot be claimed or populated by others', async () => {
    const host = newHost({ host: { memoryKib: 2 * GIB, dom0Kib: GIB } });
    const hvm = await host.domains.create(hvmSpec());
    const free = (await host.memory.physical()).freeKib;
    const [first, second] = [await prepare(host, domainSpec(), 2 * GIB), await prepare(host, domainSpec(), 2 * GIB)];
    await host.memory.claim(first, free - 128 * MIB);
    await expect(host.memory.claim(second, 129 * MIB)).rejects.toMatchObject({
      errno: 'ENOMEM',
      data: { neededKib: 129 * MIB },
    });
    await expect(host.builder.build(second, pvBuild(512))).rejects.toMatchObject({ errno: 'EBUSY' });
    await expect(host.memory.setPagingPool(hvm, GIB)).rejects.toMatchObject({ errno: 'ENOMEM' });
    expect(await host.memory.physical()).toMatchObject({ freeKib: free - 128 * MIB, claimedKib: free - 128 * MIB });
  });

  it('are used up by the build of their own domain, and what is left of them ends with it', async () => {
    const host = newHost({ host: { memoryKib: 2 * GIB, dom0Kib: GIB } });
    const domid = await prepare(host, domainSpec(), GIB);
    await host.memory.claim(domid, 900 * MIB);
    await host.builder.build(domid, pvBuild(800));
    expect(await host.memory.physical()).toMatchObject({ claimedKib: 0 });
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: 800 * MIB });
  });

  it('shrink by what their domain gets', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 64);
    await host.memory.setMaxMemory(domid, GIB);
    await host.memory.claim(domid, 100 * MIB);
    await host.simulator.asDomain(domid).balloonTo(80 * MIB);
    expect((await host.memory.physical()).claimedKib).toBe(20 * MIB);
    await host.simulator.asDomain(domid).balloonTo(101 * MIB);
    expect((await host.memory.physical()).claimedKib).toBe(0);
  });

  it('of a domain and unclaimed memory do not make an extent together', async () => {
    const host = newHost({ host: { memoryKib: 2 * GIB, dom0Kib: GIB }, files: { '/kernel': { sizeBytes: 1 } } });
    const [first, second] = [await prepare(host, domainSpec(), GIB), await prepare(host, domainSpec(), GIB)];
    const { freeKib } = await host.memory.physical();
    // Half an extent is claimed by the second; half an extent and two pages are nobody's.
    await host.memory.claim(first, freeKib - 2 * MIB - 8);
    await host.memory.claim(second, MIB);
    const { extents } = await host.builder.build(second, pvBuild(2));
    expect(extents).toEqual({ count1g: 0, count2m: 0, count4k: 512 });
  });

  it('end with their domain', async () => {
    const host = newHost();
    const domid = await prepare(host, domainSpec(), GIB);
    await host.memory.claim(domid, GIB);
    await host.domains.destroy(domid);
    expect((await host.memory.physical()).claimedKib).toBe(0);
  });
});

describe('limits', () => {
  it('keep a domain from growing and take nothing away', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 64);
    await host.memory.setMaxMemory(domid, 32 * MIB);
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: 64 * MIB, maxMemoryKib: 32 * MIB });
    await expect(host.simulator.asDomain(domid).balloonTo(65 * MIB)).rejects.toMatchObject({ errno: 'EBUSY' });
  });

  it('are counted in whole pages, rounded down', async () => {
    const { domains, memory } = newHost();
    const domid = await domains.create(domainSpec());
    await memory.setMaxMemory(domid, 1027);
    expect(await domains.info(domid)).toMatchObject({ maxMemoryKib: 1024 });
  });

  it('take what is no whole number for a mistake of the program', async () => {
    const { domains, memory } = newHost();
    const domid = await domains.create(domainSpec());
    for (const kib of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(memory.setMaxMemory(domid, kib)).rejects.toThrow(TypeError);
    }
  });

  it('show a PV guest a map that ends at the memmap limit', async () => {
    const { domains, memory, simulator } = newHost();
    const domid = await domains.create(domainSpec());
    await memory.setMemmapLimit(domid, 4096);
    const { domains: all } = await simulator.inspect();
    expect(all[1]?.memoryMap).toEqual([{ addressBytes: 0, sizeBytes: 4 * 1024 * 1024, kind: 'ram' }]);
  });
});

describe('the paging pool', () => {
  it('is taken from the memory of the host and given back to it', async () => {
    const { domains, memory } = newHost();
    const domid = await domains.create(hvmSpec());
    const { freeKib } = await memory.physical();
    await memory.setPagingPool(domid, 9 * MIB);
    expect((await memory.physical()).freeKib).toBe(freeKib - 8 * MIB);
    await memory.setPagingPool(domid, 2 * MIB);
    expect((await memory.physical()).freeKib).toBe(freeKib - MIB);
  });

  it('is refused to a PV domain, and in what are no whole pages', async () => {
    const { domains, memory } = newHost();
    const pv = await domains.create(domainSpec());
    await expect(memory.setPagingPool(pv, MIB)).rejects.toMatchObject({ errno: 'EOPNOTSUPP' });
    const hvm = await domains.create(hvmSpec());
    await expect(memory.setPagingPool(hvm, 1023)).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it('keeps what it got where the host has not enough', async () => {
    const { domains, memory, simulator } = newHost({ host: { memoryKib: 2 * GIB, dom0Kib: GIB } });
    const domid = await domains.create(hvmSpec());
    await expect(memory.setPagingPool(domid, 2 * GIB)).rejects.toMatchObject({ errno: 'ENOMEM' });
    expect((await memory.physical()).freeKib).toBe(0);
    await domains.destroy(domid);
    expect((await simulator.inspect()).memory.freeKib).toBe(2 * GIB - GIB - 64 * MIB);
  });
});

describe('fragmented memory', () => {
  it('has free memory without extents of 2 MiB', async () => {
    const { simulator, memory } = newHost();
    const { freeKib } = await memory.physical();
    const held = await simulator.fragment({ leave2m: 3 });
    const { memory: after } = await simulator.inspect();
    expect(after).toMatchObject({ free2m: 3, free1g: 0, freeKib: freeKib - held * 4, heldKib: held * 4 });
    await simulator.defragment();
    expect((await simulator.inspect()).memory).toMatchObject({ freeKib, heldKib: 0 });
  });
});
