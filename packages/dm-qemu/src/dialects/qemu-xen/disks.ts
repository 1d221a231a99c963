import type { DiskArg } from '@xen-image/core/plugin';
import { escaped } from '../options.js';
import { unsupported } from '../refuse.js';
import { parseVdev, type VirtualDevice } from './vdev.js';

const DIALECT = 'qemu-xen';

/** A PC's two IDE channels hold two drives each; disks beyond are there for paravirtual drivers alone. */
const IDE_DRIVES = 4;

/** QEMU's names of formats. */
const FORMATS: { readonly [format in DiskArg['format']]: string } = {
  raw: 'raw',
  qcow: 'qcow',
  qcow2: 'qcow2',
  vhd: 'vpc',
  qed: 'qed',
};

function deviceOf(disk: DiskArg): VirtualDevice {
  const device = parseVdev(disk.vdev);
  if (device !== undefined) return device;
  throw unsupported(
    DIALECT,
    'disk',
    `a disk called ${disk.vdev}`,
    'Call it hda, sda or xvda, or one of their sisters.',
  );
}

function cdrom({ target, format }: DiskArg, { disk, number }: VirtualDevice): string[] {
  if (disk >= IDE_DRIVES) return [];
  const id = `ide-${number}`;
  const medium = target === null ? '' : `,file=${escaped(target)},format=${FORMATS[format]}`;
  return [
    '-drive',
    `if=none,readonly=on,id=${id}${medium}`,
    '-device',
    `ide-cd,id=${id},drive=${id},bus=ide.${Math.floor(disk / 2)},unit=${disk % 2}`,
  ];
}

/**
 * Opened for writing from the start, where QEMU would open an image for reading until the state has come, and then anew by its path:
 * one that gave up its rights cannot do that any more.
 */
const WRITABLE_AT_ONCE = ',auto-read-only=off';

function scsi({ format, readOnly }: DiskArg, target: string, { disk }: VirtualDevice, restore: boolean): string[] {
  const id = `scsi0-hd${disk}`;
  const access = readOnly ? 'on' : 'off';
  return [
    '-drive',
    `file=${escaped(target)},id=${id},format=${FORMATS[format]},if=none,readonly=${access},cache=writeback${restore ? WRITABLE_AT_ONCE : ''}`,
    '-device',
    `scsi-hd,drive=${id},scsi-id=${disk}`,
  ];
}

function ide({ vdev, format, readOnly }: DiskArg, target: string, { disk }: VirtualDevice, restore: boolean): string[] {
  if (disk >= IDE_DRIVES) return [];
  if (readOnly) {
    const hint = 'Make it a CD (devtype=cdrom), a SCSI disk (sda), or writable.';
    throw unsupported(DIALECT, 'disk', `a read-only IDE disk (${vdev})`, hint);
  }
  const drive = `file=${escaped(target)},if=ide,index=${disk},media=disk,format=${FORMATS[format]},cache=writeback`;
  return ['-drive', restore ? drive + WRITABLE_AT_ONCE : drive];
}

/**
 * An emulated disk: a CD on IDE, an `sd*` disk on SCSI, any other of the first four on IDE.
 *
 * @param restore - whether the device model begins from the state of another
 */
export function diskOptions(arg: DiskArg, restore: boolean): string[] {
  const device = deviceOf(arg);
  if (arg.cdrom) return cdrom(arg, device);
  if (arg.target === null) {
    throw unsupported(DIALECT, 'disk', `a disk without a target (${arg.vdev})`, 'Only a CD drive may be empty.');
  }
  return (device.bus === 'scsi' ? scsi : ide)(arg, arg.target, device, restore);
}

/** The SCSI controller, where a disk needs one. It stands before other devices, so that it keeps its PCI slot. */
export function scsiController(disks: readonly DiskArg[]): string[] {
  const needed = disks.some((disk) => !disk.cdrom && parseVdev(disk.vdev)?.bus === 'scsi');
  return needed ? ['-device', 'lsi53c895a'] : [];
}
