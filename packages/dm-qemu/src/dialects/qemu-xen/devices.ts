import type { DeviceModelArg, DialectContext, NicArg, SoundArg, VcpusArg, VgaArg } from '@xen-image/core/plugin';
import { escaped, implied } from '../options.js';
import { unsupported } from '../refuse.js';

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

/** Sound cards that libxl knows, each with its devices; the HDA controller has a codec of its own. */
const SOUND_DEVICES = new Map([
  ['ac97', ['ac97']],
  ['adlib', ['adlib']],
  ['cs4231a', ['cs4231a']],
  ['es1370', ['es1370']],
  ['gus', ['gus']],
  ['hda', ['intel-hda', 'hda-duplex']],
  ['sb16', ['sb16']],
]);

/** A sound card. One that libxl does not know is refused: it could be any device. */
export function soundOptions({ model }: SoundArg): string[] {
  const devices = SOUND_DEVICES.get(model);
  if (devices !== undefined) return devices.flatMap((device) => ['-device', device]);
  const known = [...SOUND_DEVICES.keys()].join(', ');
  throw unsupported('qemu-xen', 'sound', `a sound card called ${model}`, `It knows ${known}, one at a time.`);
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
