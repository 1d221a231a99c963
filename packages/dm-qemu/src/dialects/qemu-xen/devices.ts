import type { DeviceModelArg, DialectContext, NicArg, SoundArg, VcpusArg, VgaArg } from '@xen-image/core/plugin';
import { escaped, implied } from '../options.js';

/** The video card, whose memory QEMU populates by itself. */
export function vgaOptions({ card, ramMib }: VgaArg): string[] {
  switch (card) {
    case 'stdvga':
      return ['-device', `VGA,vgamem_mb=${ramMib}`];
    case 'cirrus':
      return ['-device', `cirrus-vga,vgamem_mb=${ramMib}`];
    case 'none':
      return [];
  }
}

/** A sound card; the HDA controller has a codec of its own. */
export function soundOptions({ model }: SoundArg): string[] {
  if (model === 'hda') return ['-device', 'intel-hda', '-device', 'hda-duplex'];
  return ['-device', implied('driver', model)];
}

/** Cpus, where there is more than one. */
export function vcpusOptions({ online, maximum }: VcpusArg): string[] {
  return maximum > 1 ? ['-smp', `${online},maxcpus=${maximum}`] : [];
}

/** An interface and its tap, which the toolstack's script puts on the bridge: QEMU runs none. */
export function nicOptions({ devid, mac, model, bridge }: NicArg, { domid }: DialectContext): string[] {
  return [
    '-device',
    `${implied('driver', model)},id=nic${devid},netdev=net${devid},mac=${escaped(mac)}`,
    '-netdev',
    `type=tap,id=net${devid},ifname=vif${domid}.${devid}-emu,br=${escaped(bridge)},script=no,downscript=no`,
  ];
}

/** USB: the bus where it is asked for or a device needs it, then the devices. */
export function usbOptions(args: readonly DeviceModelArg[]): string[] {
  const devices = args.filter((arg) => arg.arg === 'usb-device');
  const bus = devices.length > 0 || args.some((arg) => arg.arg === 'switch' && arg.name === 'usb');
  return [...(bus ? ['-usb'] : []), ...devices.flatMap(({ device }) => ['-usbdevice', device])];
}
