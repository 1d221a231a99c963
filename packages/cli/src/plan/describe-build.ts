import { isRef, type BuildSpec, type Deferred } from '@xen-image/core';
import { visible } from '../output/visible.js';
import { count } from './values.js';

function shown(value: Deferred<number>): string {
  return isRef(value) ? `<${visible(value.ref)}>` : String(value);
}

function hexadecimal(bytes: number): string {
  return `0x${bytes.toString(16)}`;
}

function extents(spec: BuildSpec): string {
  return spec.extents.value === 'all2M' ? '2 MiB extents alone' : 'the largest extents to be had';
}

/** What a build is told, a line for each thing that is. */
export function describeBuild(spec: BuildSpec): string[] {
  const lines = [
    `container    ${spec.container}, ${count(spec.vcpus, 'vcpu')}`,
    `memory       ${spec.targetMib} MiB of at most ${spec.maximumMib} MiB, in ${extents(spec)}`,
    `kernel       ${spec.kernel === null ? '(none)' : visible(spec.kernel)}`,
  ];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') lines.push(`${label.padEnd(12)} ${value}`);
  };
  add('ramdisk', spec.ramdisk?.value == null ? undefined : visible(spec.ramdisk.value));
  for (const { path } of spec.modules ?? []) add('module', visible(path));
  add('command line', visible(spec.commandLine));
  add('features', visible(spec.features));
  add('firmware', spec.firmware === undefined ? undefined : visible(spec.firmware));
  for (const { addressBytes, sizeBytes, kind } of spec.memoryMap ?? []) {
    add('memory map', `${hexadecimal(addressBytes)} + ${hexadecimal(sizeBytes)} ${kind}`);
  }
  const { mmioHole } = spec;
  add('MMIO hole', mmioHole && `${hexadecimal(mmioHole.startBytes)} + ${hexadecimal(mmioHole.sizeBytes)}`);
  add('VGA hole', spec.vgaHole === true ? 'pages 0xa0 to 0xbf left out' : undefined);
  add('emulator', spec.deviceModel === true ? 'pages for its requests are set up' : undefined);
  add('ACPI', spec.acpi && spec.acpi.map(({ data }) => `${data.length} bytes`).join(', '));
  const { hvmInfo } = spec;
  add('hvm_info', hvmInfo && `acpi ${Number(hvmInfo.acpi)}, apic ${Number(hvmInfo.apic)}, vcpus ${hvmInfo.vcpus}`);
  add('VHPT', spec.vhpt === undefined ? undefined : spec.vhpt === 0 ? 'the default size' : `2^${spec.vhpt} bytes`);
  add('channels', `store ${shown(spec.channels.store)}, console ${shown(spec.channels.console)}`);
  return lines;
}
