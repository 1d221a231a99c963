import {
  commonBeforeBuild,
  cpuidActions,
  figureMib,
  hvmParams,
  linuxConfigure,
  refuseSuperpages,
  tscMode,
  type BuildSpec,
  type GuestBlob,
  type HandlerActions,
  type HandlerInput,
  type MemoryMath,
  type MemoryRegion,
  type RequireCapability,
} from '@xen-image/core/plugin';
import { acpiTables } from './acpi.js';
import { FOUR_GIB, HOLE, MIB_BYTES, PAGE_BYTES, SPECIAL } from './layout.js';

/** HVM parameters that a guest without emulated devices has. */
const PARAMS = ['timerMode', 'altp2m'];

const CAPABILITY: RequireCapability = {
  kind: 'require-capability',
  section: 'capability',
  capability: 'hvm',
  error: {
    code: 'PVH_UNSUPPORTED',
    message: 'PVH guests need hardware virtualization, which this hypervisor does not offer',
    hint: 'Switch VT-x or AMD-V on in the firmware, or make the guest PV.',
  },
};

/** What the guest is told of its memory: RAM, the special pages, the ACPI tables, RAM beyond 4 GiB. */
function memoryMap(maximumMib: number, acpi: readonly GuestBlob[]): readonly MemoryRegion[] {
  const bytes = maximumMib * MIB_BYTES;
  const low = Math.min(bytes, HOLE.startBytes);
  const tables = acpi.map(({ data, addressBytes = 0 }): MemoryRegion => ({
    addressBytes,
    sizeBytes: data.length,
    kind: 'acpi',
  }));
  const high: MemoryRegion[] = bytes > low ? [{ addressBytes: FOUR_GIB, sizeBytes: bytes - low, kind: 'ram' }] : [];
  return [
    { addressBytes: 0, sizeBytes: low, kind: 'ram' },
    { addressBytes: SPECIAL.addressBytes, sizeBytes: SPECIAL.pages * PAGE_BYTES, kind: 'reserved' },
    ...tables,
    ...high,
  ];
}

function buildSpec({ config }: HandlerInput, figures: MemoryMath): BuildSpec {
  const { boot, vcpus } = config;
  const maximumMib = figureMib(figures.maximumReservation);
  const acpi = acpiTables(vcpus.maximum);
  return {
    container: 'hvm',
    kernel: boot.kernel.value,
    ramdisk: boot.ramdisk,
    commandLine: boot.commandLine.value,
    features: '',
    targetMib: figureMib(figures.initialReservation),
    maximumMib,
    extents: { value: 'best', spelling: boot.extents.spelling },
    vcpus: vcpus.maximum,
    memoryMap: memoryMap(maximumMib, acpi),
    mmioHole: HOLE,
    acpi,
    channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
  };
}

/** The actions of a PVH guest. The builder sets the parameters of its rings by itself. */
export function actions(input: HandlerInput, figures: MemoryMath): HandlerActions {
  refuseSuperpages(input, 'the builder takes the largest extents that fit an HVM container');
  const { config, policy } = input;
  return {
    configure: [...linuxConfigure(config), CAPABILITY],
    beforeBuild: [
      ...commonBeforeBuild(config),
      ...hvmParams(input).filter(({ param }) => PARAMS.includes(param)),
      ...tscMode(input),
    ],
    build: [
      { kind: 'build', section: 'build', spec: buildSpec(input, figures) },
      { kind: 'require-built', section: 'built', ostype: 'pvh' },
    ],
    afterBuild: [],
    finish: [],
    cpuid: cpuidActions(config, policy),
  };
}
