import {
  commonBeforeBuild,
  cpuidActions,
  definePlugin,
  deviceModelArgs,
  domainLimit,
  figure,
  figureMib,
  hvmParams,
  linuxConfigure,
  maximumReservation,
  targetReservation,
  wholeMib,
  type BuildSpec,
  type Figure,
  type HandlerInput,
  type ImageHandler,
  type MemoryMath,
  type MemoryRegion,
} from '../../src/plugin.js';
import { leastAcpi } from './acpi.js';

const MIB = 1024 ** 2;
const FOUR_GIB = 4 * 1024 ** 3;
/** The hole of a guest without emulator: 64 MiB below 4 GiB (libxl, LAPIC and ACPI pages). */
const HOLE = { startBytes: FOUR_GIB - 64 * MIB, sizeBytes: 64 * MIB };
const SPECIAL_PAGES: MemoryRegion = { addressBytes: 0xfeff8000, sizeBytes: 0x8000, kind: 'reserved' };

function memory(input: HandlerInput): MemoryMath {
  const available = (memoryKib: number): Figure => figure('available', memoryKib, 'memoryKib', { memoryKib });
  const vcpus = input.config.vcpus.maximum;
  return {
    available,
    initialReservation: targetReservation(input),
    maximumReservation: maximumReservation(input),
    shadow: (_, maxmemKib) => {
      const pool = 4 * (256 * vcpus + wholeMib(maxmemKib));
      return figure('shadow', pool, '4 * (256 * vcpus + floor(maxmemKib / 1024))', { vcpus, maxmemKib });
    },
    maxMemory: domainLimit(input, available),
  };
}

function memoryMap(maximumMib: number): MemoryRegion[] {
  const bytes = maximumMib * MIB;
  const low = Math.min(bytes, HOLE.startBytes);
  const acpi = leastAcpi().map(({ data, addressBytes = 0 }): MemoryRegion => ({
    addressBytes,
    sizeBytes: data.length,
    kind: 'acpi',
  }));
  const regions: MemoryRegion[] = [{ addressBytes: 0, sizeBytes: low, kind: 'ram' }, SPECIAL_PAGES, ...acpi];
  if (bytes > low) regions.push({ addressBytes: FOUR_GIB, sizeBytes: bytes - low, kind: 'ram' });
  return regions;
}

function spec({ config }: HandlerInput, figures: MemoryMath): BuildSpec {
  const maximumMib = figureMib(figures.maximumReservation);
  return {
    container: 'hvm',
    kernel: config.boot.kernel.value,
    ramdisk: config.boot.ramdisk,
    commandLine: config.boot.commandLine.value,
    features: '',
    targetMib: figureMib(figures.initialReservation),
    maximumMib,
    extents: config.boot.extents,
    vcpus: config.vcpus.maximum,
    memoryMap: memoryMap(maximumMib),
    mmioHole: HOLE,
    acpi: leastAcpi(),
    channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
  };
}

/** A PVH guest: the guest's own kernel in an HVM container, nothing emulated but the local APIC. */
const pvhHandler: ImageHandler = {
  supports: { container: 'hvm', deviceModel: false, restore: false, cpuid: true, superpages: false },
  memory,
  plan: (input) => ({
    ostype: 'linux',
    domain: { container: 'hvm', hap: true, emulation: 'lapic' },
    actions: {
      configure: linuxConfigure(input.config),
      beforeBuild: [
        ...commonBeforeBuild(input.config),
        ...hvmParams(input).filter(({ param }) => param === 'timerMode' || param === 'altp2m'),
      ],
      build: [{ kind: 'build', section: 'build', spec: spec(input, memory(input)) }],
      afterBuild: [],
      finish: [],
      cpuid: cpuidActions(input.config, input.policy),
    },
    deviceModel: { program: null, args: deviceModelArgs({}), environment: {}, vncPassword: null },
  }),
};

/** A third party's plugin: an image type that no package of ours knows. */
export const pvhPlugin = definePlugin({
  name: 'acme-handler-pvh',
  contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: 'pvh', handler: pvhHandler });
  },
});
