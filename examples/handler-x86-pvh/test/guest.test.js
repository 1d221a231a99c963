import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Toolstack } from '@xen-image/core';
import { openSimulator } from '@xen-image/xen-sim';
import plugin from '../dist/index.js';

const MIB = 1024 ** 2;

function host(settings = {}) {
  const simulator = openSimulator({ host: settings, files: { '/boot/vmlinuz': { format: 'bzimage' } } });
  return { simulator, toolstack: new Toolstack({ plugins: [simulator.plugin, plugin] }) };
}

const text = (more) => `name = "pvh"\ntype = "pvh"\nkernel = "/boot/vmlinuz"\n${more}\n`;

test('a guest of 192 MiB holds its RAM, eight special pages, and two of ACPI tables', async () => {
  const { simulator, toolstack } = host();
  const { domid, results } = await toolstack.create(await toolstack.plan({ text: text('memory = 192\nvcpus = 2') }));
  assert.deepEqual([results.storeFrame, results.consoleFrame], [0xfeffc, 0xfefff]);
  const domain = (await simulator.inspect()).domains.find((one) => one.domid === domid);
  assert.equal(domain.memoryKib, 192 * 1024 + (8 + 2) * 4);
  assert.equal(domain.maxMemoryKib, 193 * 1024);
  assert.deepEqual(
    domain.memoryMap.map(({ addressBytes, sizeBytes, kind }) => [addressBytes, sizeBytes, kind]),
    [
      [0, 192 * MIB, 'ram'],
      [0xfeff8000, 0x8000, 'reserved'],
      [0xfc000000, 36, 'acpi'],
      [0xfc001000, domain.memoryMap[3].sizeBytes, 'acpi'],
    ],
  );
});

test('a guest of 6 GiB has RAM on both sides of the hole', async () => {
  const { toolstack } = host();
  const plan = await toolstack.plan({ text: text('memory = 6144') });
  const { memoryMap } = plan.actions.build[0].spec;
  assert.deepEqual(
    memoryMap.filter(({ kind }) => kind === 'ram'),
    [
      { addressBytes: 0, sizeBytes: 4032 * MIB, kind: 'ram' },
      { addressBytes: 4096 * MIB, sizeBytes: 2112 * MIB, kind: 'ram' },
    ],
  );
});

test('a host without hardware-assisted paging, and too many vcpus, are refused', async () => {
  await assert.rejects(host({ hap: false }).toolstack.plan({ text: text('memory = 64') }), { code: 'PVH_NEEDS_HAP' });
  await assert.rejects(host().toolstack.plan({ text: text('memory = 64\nvcpus = 129') }), { code: 'PVH_VCPUS' });
});
