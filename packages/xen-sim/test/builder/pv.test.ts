import { describe, expect, it } from '@jest/globals';
import { spelled } from '@xen-image/core';
import { domainSpec, hvmSpec, newHost, prepare, pvBuild } from '../support/host.js';

const MIB = 1024;
const ALL_2M = { extents: spelled('all2M') } as const;

describe('building a PV guest', () => {
  it('populates the target in 2 MiB extents and what is left in pages', async () => {
    const host = newHost();
    const domid = await prepare(host, domainSpec(), 65 * MIB);
    const { extents } = await host.builder.build(domid, pvBuild(65));
    expect(extents).toEqual({ count1g: 0, count2m: 32, count4k: 256 });
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: 65 * MIB });
  });

  it('populates the target alone where the guest may grow', async () => {
    const host = newHost();
    const domid = await prepare(host, domainSpec(), 256 * MIB);
    await host.builder.build(domid, pvBuild(64, { maximumMib: 256 }));
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: 64 * MIB });
  });

  it('answers the rings as machine frames that belong to the guest, the same on every host of this kind', async () => {
    const frames = [];
    for (let run = 0; run < 2; run += 1) {
      const host = newHost();
      const domid = await prepare(host, domainSpec(), 64 * MIB);
      const { storeFrame = 0, consoleFrame = 0 } = await host.builder.build(domid, pvBuild(64));
      const { domains } = await host.simulator.inspect();
      for (const frame of [storeFrame, consoleFrame]) {
        expect(domains[1]?.physmap.some(([, mfn, count]) => frame >= mfn && frame < mfn + count)).toBe(true);
      }
      expect(storeFrame).not.toBe(consoleFrame);
      frames.push([storeFrame, consoleFrame]);
    }
    expect(frames[0]).toEqual(frames[1]);
  });

  it('falls back to pages where memory is in small pieces', async () => {
    const host = newHost();
    await host.simulator.fragment({ leave2m: 3 });
    const domid = await prepare(host, domainSpec(), 64 * MIB);
    const { extents } = await host.builder.build(domid, pvBuild(64));
    expect(extents).toEqual({ count1g: 0, count2m: 3, count4k: 29 * 512 });
  });

  it('fails with EBUSY beyond the limit or the host, says what libxenguest says, and leaves what it got', async () => {
    const host = newHost({ host: { memoryKib: 2048 * MIB, dom0Kib: 1024 * MIB } });
    const limited = await prepare(host, domainSpec(), 32 * MIB);
    const error = await host.builder.build(limited, pvBuild(64)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      call: 'xc_dom_boot_mem_init',
      errno: 'EBUSY',
      data: { limit: 'max-memory' },
    });
    expect((error as { said: string[] }).said.join('\n')).toMatch(/panic: .*Out of memory/);
    expect(await host.domains.info(limited)).toMatchObject({ memoryKib: 32 * MIB });
    await expect(host.builder.build(limited, pvBuild(16))).rejects.toMatchObject({ errno: 'EINVAL' });
    const large = await prepare(host, domainSpec(), 2048 * MIB);
    await expect(host.builder.build(large, pvBuild(2000))).rejects.toMatchObject({ data: { limit: 'host' } });
  });

  it('refuses a guest too small for its kernel', async () => {
    const host = newHost();
    const domid = await prepare(host, domainSpec(), 4 * MIB);
    await expect(host.builder.build(domid, pvBuild(4))).rejects.toMatchObject({
      call: 'xc_dom_build_image',
      errno: 'ENOMEM',
    });
  });

  it('refuses a domain of another kind, without vcpus, or built already', async () => {
    const host = newHost();
    const hvm = await prepare(host, hvmSpec(), 64 * MIB);
    await expect(host.builder.build(hvm, pvBuild(64))).rejects.toMatchObject({ errno: 'EINVAL' });
    const bare = await host.domains.create(domainSpec());
    await host.memory.setMaxMemory(bare, 64 * MIB);
    await expect(host.builder.build(bare, pvBuild(64))).rejects.toMatchObject({ call: 'xc_dom_boot_image' });
    const domid = await prepare(host, domainSpec(), 64 * MIB);
    await host.builder.build(domid, pvBuild(64));
    await expect(host.builder.build(domid, pvBuild(64))).rejects.toMatchObject({ errno: 'EINVAL' });
    const few = await prepare(host, domainSpec(), 64 * MIB);
    await expect(host.builder.build(few, pvBuild(64, { vcpus: 2 }))).rejects.toMatchObject({
      call: 'xc_dom_boot_image',
    });
    await expect(host.builder.build(99, pvBuild(64))).rejects.toMatchObject({ errno: 'ESRCH' });
  });

  it('does not begin when it is aborted', async () => {
    const host = newHost();
    const domid = await prepare(host, domainSpec(), 64 * MIB);
    const before = await host.simulator.inspect();
    await expect(host.builder.build(domid, pvBuild(64), AbortSignal.abort())).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await host.simulator.inspect()).toEqual(before);
  });
});

describe('building a PV guest wholly in 2 MiB extents', () => {
  it('gives it aligned and contiguous machine memory', async () => {
    const host = newHost();
    await host.simulator.fragment({ leave2m: 40 });
    const domid = await prepare(host, domainSpec(), 64 * MIB);
    const { extents } = await host.builder.build(domid, pvBuild(64, ALL_2M));
    expect(extents).toEqual({ count1g: 0, count2m: 32, count4k: 0 });
    const { domains } = await host.simulator.inspect();
    for (const [gfn, mfn, count] of domains[1]?.physmap ?? []) {
      expect([gfn % 512, mfn % 512, count % 512]).toEqual([0, 0, 0]);
    }
  });

  it('fails for want of extents though enough memory is free, and gives everything back', async () => {
    const host = newHost();
    await host.simulator.fragment({ leave2m: 31 });
    const domid = await prepare(host, domainSpec(), 64 * MIB);
    const before = await host.simulator.inspect();
    expect(before.memory.freeKib).toBeGreaterThan(1024 * MIB);
    await expect(host.builder.build(domid, pvBuild(64, ALL_2M))).rejects.toMatchObject({
      code: 'SUPERPAGES_UNAVAILABLE',
      data: { populated: 31, wanted: 32 },
    });
    expect(await host.simulator.inspect()).toEqual(before);
  });

  it('refuses an odd size, naming the nearest that can be had', async () => {
    const host = newHost();
    const domid = await prepare(host, domainSpec(), 65 * MIB);
    await expect(host.builder.build(domid, pvBuild(65, ALL_2M))).rejects.toMatchObject({
      code: 'SUPERPAGES_UNAVAILABLE',
      data: { populated: 0, wanted: 33 },
      hint: expect.stringMatching(/64 or 66/),
    });
  });
});

describe('the files of a build', () => {
  const cases: [what: string, change: object, call: string, errno: string, named: string][] = [
    ['a kernel that is not there', { kernel: '/none' }, 'xc_dom_kernel_file', 'ENOENT', '/none'],
    ['a directory for a kernel', { kernel: '/dir' }, 'xc_dom_kernel_file', 'EISDIR', '/dir'],
    ['an empty kernel', { kernel: '/empty' }, 'xc_dom_kernel_file', 'EINVAL', '/empty'],
    ['a kernel that is none', { kernel: '/text' }, 'xc_dom_parse_image', 'EINVAL', '/text'],
    ['no kernel at all', { kernel: null }, 'xc_dom_kernel_file', 'ENOENT', 'no kernel'],
    ['a ramdisk that is not there', { ramdisk: spelled('/none') }, 'xc_dom_module_file', 'ENOENT', '/none'],
    ['a module that is not there', { modules: [{ path: '/none' }] }, 'xc_dom_module_file', 'ENOENT', '/none'],
    ['firmware that is not there', { firmware: '/none' }, 'xc_dom_module_file', 'ENOENT', '/none'],
  ];
  it.each(cases)('refuses %s before anything is populated', async (_, change, call, errno, named) => {
    const host = newHost({
      files: { '/kernel': 'file', '/dir': 'directory', '/empty': { sizeBytes: 0 }, '/text': { format: 'unknown' } },
    });
    const domid = await prepare(host, domainSpec(), 64 * MIB);
    const before = await host.simulator.inspect();
    await expect(host.builder.build(domid, pvBuild(64, change))).rejects.toMatchObject({
      call,
      errno,
      message: expect.stringContaining(named),
    });
    expect(await host.simulator.inspect()).toEqual(before);
  });
});
