import { expect, it } from '@jest/globals';
import { definePlugin, figure, type HandlerInput, type ImageHandler } from '../../src/plugin.js';
import { openSimulator } from '@xen-image/xen-sim';
import { Toolstack } from '../../src/index.js';
import { PV, settled, simulated } from '../support/toolstack.js';

const MIB = 1024 * 1024;
const NO_ARGS = { identity: [], display: [], boot: [], devices: [], machine: [], memory: [], restore: [] };

function memory({ config }: HandlerInput) {
  const { targetKib } = config.memory;
  const target = figure('initialReservation', targetKib, 'targetKib', { targetKib });
  return {
    available: (memoryKib: number) => figure('available', memoryKib, 'memoryKib', { memoryKib }),
    initialReservation: target,
    maximumReservation: { ...target, name: 'maximumReservation' },
    shadow: () => figure('shadow', 2048, '2048', {}),
    maxMemory: figure('maxMemory', targetKib + 1024, 'targetKib + 1024', { targetKib }),
  };
}

/** A guest as PVH is: a kernel started in an HVM container with a memory map and ACPI tables, and no device model. */
const handler: ImageHandler = {
  supports: { container: 'hvm', deviceModel: false, restore: false, cpuid: true, superpages: false },
  memory,
  plan: ({ config }) => ({
    ostype: 'pvh',
    domain: { container: 'hvm', hap: true, emulation: 'lapic' },
    actions: {
      configure: [],
      beforeBuild: [],
      build: [
        {
          kind: 'build',
          section: 'build',
          spec: {
            container: 'hvm',
            kernel: config.boot.kernel.value ?? '',
            ramdisk: config.boot.ramdisk,
            commandLine: config.boot.commandLine.value,
            features: '',
            targetMib: config.memory.targetKib / 1024,
            maximumMib: config.memory.targetKib / 1024,
            extents: config.boot.extents,
            vcpus: config.vcpus.maximum,
            memoryMap: [
              { addressBytes: 0, sizeBytes: config.memory.targetKib * 1024, kind: 'ram' },
              { addressBytes: 0xfeff8000, sizeBytes: 0x8000, kind: 'reserved' },
              { addressBytes: 0xfc000000, sizeBytes: 0x2000, kind: 'acpi' },
            ],
            mmioHole: { startBytes: 0xfc000000, sizeBytes: 64 * MIB },
            acpi: [{ data: new Uint8Array(64), addressBytes: 0xfc000000 }],
            channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
          },
        },
      ],
      afterBuild: [],
      finish: [],
      cpuid: [],
    },
    deviceModel: { program: null, args: NO_ARGS, environment: {}, vncPassword: null },
  }),
};

const plugin = definePlugin({
  name: '@test/pvh',
  contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: 'pvh', handler });
  },
});

it('a guest of a shape that no handler of ours has needs no change to the ports', async () => {
  const host = simulated({ plugins: [plugin] });
  const { simulator, toolstack } = host;
  const before = await settled(host);
  const { domid, results } = await toolstack.create(await toolstack.plan({ text: `${PV}type = "pvh"` }));
  expect(results).toMatchObject({ storeFrame: 0xfeffc, consoleFrame: 0xfefff });
  expect((await toolstack.list()).find((domain) => domain.domid === domid)).toMatchObject({
    container: 'hvm',
    paused: false,
  });
  await toolstack.destroy(domid);
  expect(await simulator.inspect()).toEqual(before);
});

it('nor does it need a plugin that speaks to device models', async () => {
  const simulator = openSimulator({ files: { '/boot/vmlinuz': 'file', '/boot/initrd': 'file' } });
  const toolstack = new Toolstack({ plugins: [simulator.plugin, plugin] });
  const { domid } = await toolstack.create(await toolstack.plan({ text: `${PV}type = "pvh"` }));
  expect((await toolstack.list()).map((domain) => domain.domid)).toEqual([0, domid]);
});
