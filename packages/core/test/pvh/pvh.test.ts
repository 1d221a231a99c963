import { describe, expect, it } from '@jest/globals';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { openSimulator } from '@xen-image/xen-sim';
import { Toolstack, type MemoryRegion, type Reading } from '../../src/index.js';
import { pvGuest } from '../support/guest.js';
import { pvhPlugin } from './handler.js';

const KIB_PER_MIB = 1024;

function reading(memoryMib: number): Reading {
  const kib = memoryMib * KIB_PER_MIB;
  const config = pvGuest({
    imageType: 'pvh',
    memory: { targetKib: kib, maximumKib: kib },
    vcpus: { maximum: 1, online: 1 },
  });
  return { config, findings: [] };
}

function host() {
  const simulator = openSimulator({ files: { '/boot/vmlinuz': { format: 'elf' }, '/boot/initrd.img': 'file' } });
  const toolstack = new Toolstack({ plugins: [pvhPlugin, qemuDialectsPlugin, simulator.plugin] });
  return { simulator, toolstack };
}

describe('a guest of a kind that comes from outside', () => {
  it('is planned with what it has, and without what it has not', async () => {
    const { simulator, toolstack } = host();
    const plan = await toolstack.plan(reading(192));
    expect(plan.domain).toMatchObject({ container: 'hvm', hap: true, emulation: 'lapic', maxVcpus: 1 });
    const [build] = plan.actions.build;
    const spec = build?.kind === 'build' ? build.spec : undefined;
    expect(spec).not.toHaveProperty('hvmInfo');
    expect(spec).not.toHaveProperty('deviceModel');
    expect(spec?.acpi).toHaveLength(2);
    expect(plan.deviceModel.program).toBeNull();
    simulator.close();
  });

  it('is built, introduced and destroyed like any other', async () => {
    const { simulator, toolstack } = host();
    const before = await simulator.inspect();
    const plan = await toolstack.plan(reading(192));
    const created = await toolstack.create(plan);
    expect(created.results).toMatchObject({ storeFrame: 0xfeffc, consoleFrame: 0xfefff });
    expect(created).not.toHaveProperty('deviceModelPid');

    const { domains } = await simulator.inspect();
    const domain = domains.find(({ domid }) => domid === created.domid);
    expect(domain).toMatchObject({
      built: true,
      // 192 MiB of RAM, 8 special pages, and a page for each of two ACPI tables.
      memoryKib: 192 * KIB_PER_MIB + (8 + 2) * 4,
      maxMemoryKib: 193 * KIB_PER_MIB,
      pagingPoolKib: 2048,
      memoryMap: [
        { addressBytes: 0, sizeBytes: 192 * 1024 ** 2, kind: 'ram' },
        { addressBytes: 0xfeff8000, sizeBytes: 0x8000, kind: 'reserved' },
        { addressBytes: 0xfc002000, sizeBytes: 36, kind: 'acpi' },
        { addressBytes: 0xfc001000, sizeBytes: 36, kind: 'acpi' },
      ],
    });

    await toolstack.destroy(created.domid);
    const after = await simulator.inspect();
    expect(after.domains).toEqual(before.domains);
    expect(after.memory).toEqual(before.memory);
    // The empty indices of names and uuids are there from the first guest on.
    const names = new Set(['/xen-image', '/xen-image/name', '/xen-image/uuid']);
    expect(Object.keys(after.store).filter((path) => !names.has(path))).toEqual(Object.keys(before.store));
    simulator.close();
  });

  it('may be larger than what lies below the hole', async () => {
    const { simulator, toolstack } = host();
    const { domid } = await toolstack.create(await toolstack.plan(reading(6144)));
    const { domains } = await simulator.inspect();
    const map = domains.find((domain) => domain.domid === domid)?.memoryMap as readonly MemoryRegion[] | undefined;
    expect(map?.filter(({ kind }) => kind === 'ram')).toEqual([
      { addressBytes: 0, sizeBytes: 4032 * 1024 ** 2, kind: 'ram' },
      { addressBytes: 4 * 1024 ** 3, sizeBytes: 2112 * 1024 ** 2, kind: 'ram' },
    ]);
    simulator.close();
  });
});
