import type { DeviceModelArg, DeviceModelArgs } from '@xen-image/core/plugin';
import { unsupported } from '../refuse.js';

const DIALECT = 'qemu-xen';

/** What libxl has no option for either, and what would be lost if it were passed over. */
function refuse(arg: DeviceModelArg): void {
  switch (arg.arg) {
    case 'floppy':
      throw unsupported(
        DIALECT,
        'floppy',
        `a floppy drive (fd${arg.drive})`,
        'Give the guest the image as a disk or CD.',
      );
    case 'monitor':
      throw unsupported(
        DIALECT,
        'monitor',
        'its monitor on a virtual console, where whoever sees the screen commands the host',
        'Leave monitor out; the control socket of the device model has the same commands.',
      );
    case 'switch':
      if (arg.name === 'isa') {
        throw unsupported(DIALECT, 'switch', 'a PC with ISA alone', 'Leave isa out.');
      }
  }
}

/**
 * Refuses arguments that this device model has no word for.
 *
 * @throws XenImageError `DEVICE_MODEL_ARG_UNSUPPORTED`
 */
export function refuseUnspoken(args: DeviceModelArgs): void {
  for (const section of [args.display, args.boot, args.devices]) section.forEach(refuse);
}
