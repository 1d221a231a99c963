import { describe, expect, it } from '@jest/globals';
import type { ResolvedBuildSpec } from '@xen-image/core';
import { hvmBuild, hvmSpec, newHost, prepare, pvBuild } from '../support/host.js';

const MIB = 1024;
/** Pages of a guest of 192 MiB with 8 MiB of video memory, as counted on Xen 4.17. */
const MEASURED = { populated: 47072, built: 47088, started: 49152 };

const QEMU = ['-device', 'cirrus-vga,vgamem_mb=8', '-machine', 'xenfv'];

async function start(host: ReturnType<typeof newHost>, domid: number, args = QEMU) {
  return host.models.start({
    domid,
    name: 'guest',
    uuid: '',
    program: '/qemu',
    args,
    environment: {},
    readiness: 'xenstore',
  });
}

describe('building an HVM guest', () => {
  it('comes to the page counts that a real Xen was seen to have', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec(), 193 * MIB);
    const { extents } = await host.builder.build(domid, hvmBuild(184));
    const { count4k = 0, count2m = 0 } = extents ?? {};
    expect(count4k + count2m * 512).toBe(MEASURED.populated);
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: MEASURED.built * 4 });
    await start(host, domid);
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: MEASURED.started * 4 });
  });

  it('needs not a page more than the target, as measured', async () => {
    const host = newHost();
    const enough = await prepare(host, hvmSpec(), 192 * MIB);
    await host.builder.build(enough, hvmBuild(184));
    await start(host, enough);
    const short = await prepare(host, hvmSpec(), 192 * MIB - 4);
    await host.builder.build(short, hvmBuild(184));
    await expect(start(host, short)).rejects.toMatchObject({
      code: 'DEVICE_MODEL_DIED',
      said: [expect.stringContaining('failed to populate ram')],
    });
    const shorter = await prepare(host, hvmSpec(), 184 * MIB - 128);
    await expect(host.builder.build(shorter, hvmBuild(184))).rejects.toMatchObject({
      call: 'xc_dom_build_image',
      errno: 'EBUSY',
    });
  });

  it('leaves the VGA window out and puts special pages where libxenguest does', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec(), 65 * MIB);
    const result = await host.builder.build(domid, hvmBuild(64));
    expect(result).toMatchObject({ storeFrame: 0xfeffc, consoleFrame: 0xfefff });
    const { domains } = await host.simulator.inspect();
    const gfns = domains[1]?.physmap.map(([gfn, , count]) => [gfn, gfn + count]);
    expect(gfns).toContainEqual([0, 0xa0]);
    expect(gfns?.some(([from = 0, to = 0]) => from < 0xc0 && to > 0xa0)).toBe(false);
    expect(domains[1]?.hvmParams).toMatchObject({ 1: 0xfeffc, 2: 1, 17: 0xfefff, 18: 2 });
    expect(await host.params.get(domid, 'storeEvtchn')).toBe(1);
  });

  it('uses 1 GiB extents where they are free of devices, and RAM goes on above 4 GiB', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec(), 6 * 1024 * MIB + MIB);
    await host.memory.setPagingPool(domid, 16 * MIB);
    const { extents } = await host.builder.build(domid, hvmBuild(6 * 1024));
    // GiB 1 and 2 below the hole at 3.75 GiB, and two of the 2.25 GiB from 4 GiB on.
    expect(extents?.count1g).toBe(4);
    const { domains } = await host.simulator.inspect();
    expect(domains[1]?.memoryMap).toEqual([
      { addressBytes: 0, sizeBytes: 0xf000_0000, kind: 'ram' },
      { addressBytes: 2 ** 32, sizeBytes: 6 * 2 ** 30 - 0xf000_0000, kind: 'ram' },
    ]);
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: (6 * 1024 * 256 - 32 + 16) * 4 });
  });

  it('needs a paging pool that holds the page tables of the guest', async () => {
    const host = newHost();
    await host.simulator.fragment();
    const domid = await prepare(host, hvmSpec(), 1025 * MIB);
    await expect(host.builder.build(domid, hvmBuild(1024))).rejects.toMatchObject({
      errno: 'EBUSY',
      hint: expect.stringMatching(/paging pool/),
    });
    const other = await prepare(host, hvmSpec(), 1025 * MIB);
    await host.memory.setPagingPool(other, 4 * MIB);
    await expect(host.builder.build(other, hvmBuild(1024))).resolves.toMatchObject({ extents: { count2m: 0 } });
  });
});

describe('populate on demand', () => {
  const build = hvmBuild(184, { maximumMib: 248 });

  it('holds the target and promises the maximum', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec(), 193 * MIB);
    await host.builder.build(domid, build);
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: MEASURED.built * 4 });
    const { domains } = await host.simulator.inspect();
    expect(domains[1]?.onDemand).toEqual({ cacheKib: MEASURED.populated * 4, entries: 248 * 256 - 32 });
  });

  it('is refused beyond the limit, and where the host has too little', async () => {
    const host = newHost({ host: { memoryKib: 2048 * MIB, dom0Kib: 1024 * MIB } });
    const limited = await prepare(host, hvmSpec(), 100 * MIB);
    await expect(host.builder.build(limited, build)).rejects.toMatchObject({
      call: 'xc_domain_set_pod_target',
      errno: 'EINVAL',
    });
    const large = await prepare(host, hvmSpec(), 4096 * MIB);
    await expect(host.builder.build(large, hvmBuild(1024, { maximumMib: 2048 }))).rejects.toMatchObject({
      call: 'xc_domain_set_pod_target',
      errno: 'ENOMEM',
    });
    for (const domid of [limited, large]) await host.domains.destroy(domid);
    expect((await host.memory.physical()).freeKib).toBe((1024 - 64) * MIB);
  });
});

describe('building a PVH guest', () => {
  const pvh = (change: Partial<ResolvedBuildSpec> = {}): ResolvedBuildSpec =>
    pvBuild(192, { container: 'hvm', ...change });

  it('has no hole and no pages for an emulator: 49160 pages for 192 MiB, as measured', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec({ emulation: 'lapic' }), 193 * MIB);
    await host.builder.build(domid, pvh());
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: 49160 * 4 });
  });

  it('puts ACPI tables on pages of their own: 49163 for three, as measured', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec({ emulation: 'lapic' }), 193 * MIB);
    const page = (addressBytes: number, bytes: number) => ({ addressBytes, data: new Uint8Array(bytes) });
    await host.builder.build(
      domid,
      pvh({ acpi: [page(0xfc00_8000, 64), page(0xfc00_0000, 4096), page(0xfc00_1000, 900)] }),
    );
    expect(await host.domains.info(domid)).toMatchObject({ memoryKib: 49163 * 4 });
  });

  it('keeps the memory map that the toolstack gives', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec({ emulation: 'lapic' }), 193 * MIB);
    const memoryMap = [{ addressBytes: 0, sizeBytes: 192 * 2 ** 20, kind: 'ram' }] as const;
    await host.builder.build(domid, pvh({ memoryMap }));
    expect((await host.simulator.inspect()).domains[1]?.memoryMap).toEqual(memoryMap);
  });

  it('needs the limit that a real one was seen to need: 32 KiB over the target', async () => {
    const host = newHost();
    const enough = await prepare(host, hvmSpec({ emulation: 'lapic' }), 192 * MIB + 32);
    await expect(host.builder.build(enough, pvh())).resolves.toBeDefined();
    const short = await prepare(host, hvmSpec({ emulation: 'lapic' }), 192 * MIB + 28);
    await expect(host.builder.build(short, pvh())).rejects.toMatchObject({
      call: 'xc_dom_build_image',
      errno: 'EBUSY',
    });
  });
});
