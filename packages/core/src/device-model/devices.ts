import type { DomainConfig } from '../config/domain-config.js';
import type { DeviceModelArg, DiskArg, NicArg } from '../contract/device-model.js';

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
  const { floppyA, floppyB, sound, vga, videoRamMib } = platform;
  const args: DeviceModelArg[] = [];
  if (floppyA !== null && floppyA !== '') args.push({ arg: 'floppy', drive: 'a', path: floppyA });
  if (floppyB !== null && floppyB !== '') args.push({ arg: 'floppy', drive: 'b', path: floppyB });
  if (sound !== null && sound !== '') args.push({ arg: 'sound', model: sound });
  if (clock.localtime) args.push({ arg: 'switch', name: 'localtime' });
  for (const target of platform.serial) args.push({ arg: 'serial', target });
  args.push({ arg: 'vga', card: vga, ramMib: videoRamMib.value });
  if (vga === 'stdvga') args.push({ arg: 'switch', name: 'std-vga' });
  if (platform.isa) args.push({ arg: 'switch', name: 'isa' });
  args.push({ arg: 'switch', name: platform.acpi ? 'acpi' : 'no-acpi' });
  if (platform.usb) args.push({ arg: 'switch', name: 'usb' });
  for (const device of platform.usbDevices) args.push({ arg: 'usb-device', device });
  return args.concat(nicArgs(config), diskArgs(config));
}
