import type { DeviceModelArg, DeviceModelArgs, DialectContext } from '@xen-image/core/plugin';
import { escaped, implied } from '../options.js';
import { nicOptions, soundOptions, usbOptions, vcpusOptions, vgaOptions } from './devices.js';
import { diskOptions, scsiController } from './disks.js';
import { displayOptions } from './display.js';
import { machineOptions } from './machine.js';
import { refuseUnspoken } from './refused.js';

type Kind = DeviceModelArg['arg'];

function only<K extends Kind>(args: readonly DeviceModelArg[], kind: K): Extract<DeviceModelArg, { arg: K }>[] {
  return args.filter((arg): arg is Extract<DeviceModelArg, { arg: K }> => arg.arg === kind);
}

function controlSockets(runDirectory: string, domid: number | string): string[] {
  const directory = escaped(runDirectory);
  return ['libxl', 'libxenstat'].flatMap((name) => [
    '-chardev',
    `socket,id=${name}-cmd,path=${directory}/qmp-${name}-${domid},server=on,wait=off`,
    '-mon',
    `chardev=${name}-cmd,mode=control`,
  ]);
}

/** `-kernel` and what goes with it; QEMU refuses a ramdisk or a command line without a kernel, which boot nothing. */
function directBoot(args: readonly DeviceModelArg[]): string[] {
  return only(args, 'direct-boot').flatMap(({ kernel, ramdisk, commandLine }) => {
    if (kernel === null || kernel === '') return [];
    return [
      '-kernel',
      kernel,
      ...(ramdisk === null || ramdisk === '' ? [] : ['-initrd', ramdisk]),
      ...(commandLine === '' ? [] : ['-append', commandLine]),
    ];
  });
}

/** A serial port. QEMU empties a file that it is given so; one that a guest has written to already is added to. */
function serialOptions(target: string, index: number, { restore }: DialectContext): string[] {
  const path = /^file:(.+)$/.exec(target)?.[1];
  if (!restore || path === undefined) return ['-serial', target];
  const id = `serial-file${index}`;
  return ['-chardev', `file,id=${id},path=${escaped(path)},append=on`, '-serial', `chardev:${id}`];
}

/** What a PC has: the order keeps PCI slots where libxl's guests have them. */
function pcOptions(args: readonly DeviceModelArg[], context: DialectContext): string[] {
  const turnedOff = only(args, 'nographic').some(({ asked }) => asked);
  const noAcpi = only(args, 'switch').some(({ name }) => name === 'no-acpi');
  return [
    ...directBoot(args),
    ...scsiController(only(args, 'disk')),
    ...only(args, 'serial').flatMap(({ target }, index) => serialOptions(target, index, context)),
    ...(turnedOff ? ['-nographic'] : []),
    ...only(args, 'vga').flatMap(vgaOptions),
    ...only(args, 'boot-order').flatMap(({ order }) => ['-boot', `order=${escaped(order)}`]),
    ...usbOptions(args),
    ...only(args, 'sound').flatMap(soundOptions),
    ...(noAcpi ? ['-no-acpi'] : []),
    ...only(args, 'vcpus').flatMap(vcpusOptions),
    ...only(args, 'nic').flatMap((arg) => nicOptions(arg, context)),
    ...(only(args, 'no-nic').length > 0 ? ['-net', 'none'] : []),
  ];
}

/** What a server of paravirtual devices has; it emulates no serial port, its guests' consoles are Xen's own. */
function pvOptions(args: readonly DeviceModelArg[]): string[] {
  return only(args, 'nographic').length > 0 ? ['-nographic'] : [];
}

/** What is denied by the filter of system calls. Raising rights is not: by it the user is changed. */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=allow,spawn=deny,resourcecontrol=deny';

function restriction({ restriction: given }: DialectContext): string[] {
  if (given === undefined) return [];
  const { chroot, user, sandbox, runWith } = given;
  return [
    '-xen-domid-restrict',
    ...(sandbox ? ['-sandbox', SANDBOX] : []),
    ...(runWith ? ['-run-with', `chroot=${escaped(chroot)},user=${escaped(user)}`] : ['-chroot', chroot]),
  ];
}

/** libxl has it last. */
function runAs({ restriction: given }: DialectContext): string[] {
  return given === undefined || given.runWith ? [] : ['-runas', given.user];
}

/** The part that describes the guest: what it is, shows and has, without sockets, machine and memory. */
export function guestOptions(args: DeviceModelArgs, context: DialectContext): string[] {
  refuseUnspoken(args);
  const all = [...args.identity, ...args.display, ...args.boot, ...args.devices];
  const pv = only(args.machine, 'machine').some(({ machine }) => machine === 'pv');
  return [
    ...(pv ? ['-xen-attach'] : []),
    ...only(all, 'domain-name').flatMap(({ name }) => ['-name', implied('guest', name)]),
    ...displayOptions(all),
    ...(pv ? pvOptions(all) : pcOptions(all, context)),
  ];
}

/** File descriptor on which a restored device model reads its state. */
export const STATE_FD = 3;

/** The whole command line without argv[0]. */
export function commandLine(args: DeviceModelArgs, context: DialectContext, runDirectory: string): string[] {
  const { machine, memory, devices, restore } = args;
  return [
    '-xen-domid',
    String(context.domid),
    '-no-shutdown',
    ...controlSockets(runDirectory, context.domid),
    '-nodefaults',
    '-no-user-config',
    ...guestOptions(args, context),
    ...restriction(context),
    ...(context.restore && restore.length > 0 ? ['-incoming', `fd:${STATE_FD}`] : []),
    ...only(machine, 'extra').map(({ text }) => text),
    ...only(machine, 'machine').flatMap(machineOptions),
    ...only(memory, 'memory').flatMap(({ sizeMib }) => ['-m', String(sizeMib)]),
    ...only(devices, 'disk').flatMap((disk) => diskOptions(disk, context.restore)),
    ...runAs(context),
  ];
}
