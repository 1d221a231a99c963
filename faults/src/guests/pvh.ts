import { definePlugin, figure, XENSTORE, type HandlerInput, type ImageHandler, type Plugin } from '@xen-image/core';

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

/** A third party's guest of PVH's shape, with an action of its own that takes something outside the domain. */
const handler: ImageHandler = {
  supports: { container: 'hvm', deviceModel: false, restore: false, cpuid: true, superpages: false },
  memory,
  plan: ({ config }) => ({
    ostype: 'pvh',
    domain: { container: 'hvm', hap: true, emulation: 'lapic' },
    actions: {
      configure: [{ kind: 'faults:lend', section: 'configure', args: {} }],
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

/** Below the domain's own tree, so that whoever recovers removes it with that. */
const lentNode = (domid: number): string => `/local/domain/${domid}/lent`;

/** The handler and the kind of its action. */
export const pvhPlugin: Plugin = definePlugin({
  name: 'faults/pvh',
  contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: 'pvh', handler });
    context.actionKind({
      kind: 'faults:lend',
      describe: () => 'lend',
      async execute(_action, own) {
        const { domid } = own;
        own.undo('give back what was lent', () => own.port(XENSTORE).remove(lentNode(domid)));
        await own.port(XENSTORE).write([{ path: lentNode(domid), value: 'lent' }]);
      },
    });
  },
});
