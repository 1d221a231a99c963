import type { DomainConfig } from '../config/domain-config.js';
import type { DeviceModelArg, DiskArg, FloppyArg, NicArg, SwitchArg } from '../contract/device-model.js';

function floppies({ platform }: DomainConfig): FloppyArg[] {
  const { floppyA, floppyB } = platform;
  const args: FloppyArg[] = [];
  if (floppyA !== null && floppyA !== '') args.push({ arg: 'floppy', drive: 'a', path: floppyA });
  if (floppyB !== null && floppyB !== '') args.push({ arg: 'floppy', drive: 'b', path: floppyB });
  return args;
}

function switched(name: SwitchArg['name'], on: boolean | number): SwitchArg[] {
  return on ? [{ arg: 'switch', name }] : [];
}

/** The disks that the device model emulates. */
export function diskArgs({ disks }: DomainConfig): readonly DiskArg[] {
  return disks.map(({ target, format, vdev, access, cdrom }) => ({
    arg: 'disk',
    target,
    format,
    vdev,
    readOnly: access === 'ro',
    cdrom,
  }));
}

/** The network interfaces that the device model emulates; without any, that there are none. */
export function nicArgs({ nics }: DomainConfig): readonly DeviceModelArg[] {
  const args: NicArg[] = [];
  for (const [devid, { type, mac, model, bridge, script }] of nics.entries()) {
    if (type !== 'emulated') continue;
    args.push({ arg: 'nic', index: args.length, devid, mac, model: model ?? DEFAULT_NIC_MODEL, bridge, script });
  }
  return args.length === 0 ? [{ arg: 'no-nic' }] : args;
}

/** What xend and libxl emulate where the configuration names no model. */
const DEFAULT_NIC_MODEL = 'rtl8139';

/** Section `devices` of an HVM guest. */
export function deviceArgs(config: DomainConfig): readonly DeviceModelArg[] {
  const { platform, clock } = config;
  const { sound, serial, vga, videoRamMib, isa, acpi, usb, usbDevices } = platform;
  return [
    ...floppies(config),
    ...(sound === null || sound === '' ? [] : ([{ arg: 'sound', model: sound }] as const)),
    ...switched('localtime', clock.localtime),
    ...serial.map((target) => ({ arg: 'serial', target }) as const),
    { arg: 'vga', card: vga, ramMib: videoRamMib.value },
    ...switched('std-vga', vga === 'stdvga'),
    ...switched('isa', isa),
    ...switched(acpi ? 'acpi' : 'no-acpi', true),
    ...switched('usb', usb),
    ...usbDevices.map((device) => ({ arg: 'usb-device', device }) as const),
    ...nicArgs(config),
    ...diskArgs(config),
  ];
}
