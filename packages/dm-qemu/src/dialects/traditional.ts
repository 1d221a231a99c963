import type { DeviceModelArg, DeviceModelArgs, Dialect, DialectContext, VncArg } from '@xen-image/core/plugin';
import { escaped } from './options.js';
import { finished, unsupported } from './refuse.js';

const NAME = 'qemu-xen-traditional';

/** Where xend kept a device model's state (tools/python/xen/xend/image.py). */
const SAVED_STATE = '/var/lib/xen/qemu-save.';

type Kind = DeviceModelArg['arg'];
type Spelling<K extends Kind> = (arg: Extract<DeviceModelArg, { arg: K }>, context: DialectContext) => string[];

/** Nothing: this device model has no need of the argument. */
const none = (): string[] => [];

/** The VNC option is cut at every comma; there is no way to write one in an address or a directory. */
function commaFree(value: string, what: string): string {
  if (!value.includes(',')) return value;
  throw unsupported(NAME, 'vnc', `a comma in ${what} (${value})`, 'Use one without a comma.');
}

function vnc({ listen, display, password, findUnused, tls }: VncArg): string[] {
  let option = `${commaFree(listen, 'the address VNC listens on')}:${display}`;
  if (password) option += ',password';
  if (tls !== null) {
    const directory = commaFree(tls.certificateDirectory, 'the directory of certificates');
    option += tls.verify ? `,tls,x509verify=${directory}` : `,tls,x509=${directory}`;
  }
  return findUnused ? ['-vnc', option, '-vncunused'] : ['-vnc', option];
}

const SPELLINGS: { readonly [K in Kind]: Spelling<K> } = {
  'domain-name': ({ name }) => ['-domain-name', name],
  nographic: () => ['-nographic'],
  'video-ram': ({ sizeMib }) => ['-videoram', String(sizeMib.spelling)],
  // Size and card are told apart: -videoram and -std-vga.
  vga: none,
  keymap: ({ keymap }) => ['-k', keymap],
  vnc,
  sdl: ({ opengl }) => (opengl ? ['-sdl'] : ['-sdl', '-disable-opengl']),
  monitor: () => ['-monitor', 'vc'],
  serial: ({ target }) => ['-serial', target],
  vcpus: ({ maximum }) => ['-vcpus', String(maximum)],
  'boot-order': ({ order }) => ['-boot', order],
  floppy: ({ drive, path }) => [`-fd${drive}`, path],
  'direct-boot': ({ kernel, ramdisk, commandLine }) => [
    ...(kernel === null || kernel === '' ? [] : ['-kernel', kernel]),
    ...(ramdisk === null || ramdisk === '' ? [] : ['-initrd', ramdisk]),
    ...(commandLine === '' ? [] : ['-append', commandLine]),
  ],
  sound: ({ model }) => ['-soundhw', model],
  // ACPI is off unless asked for.
  switch: ({ name }) => (name === 'no-acpi' ? [] : [`-${name}`]),
  'usb-device': ({ device }) => ['-usbdevice', device],
  nic: ({ index, mac, model, bridge }, { domid }) => [
    '-net',
    `nic,vlan=${index + 1},macaddr=${escaped(mac)},model=${escaped(model)}`,
    '-net',
    `tap,vlan=${index + 1},ifname=tap${domid}.${index},bridge=${escaped(bridge)}`,
  ],
  'no-nic': () => ['-net', 'none'],
  // It finds its disks in xenstore.
  disk: none,
  machine: ({ machine }) => ['-M', machine === 'pv' ? 'xenpv' : 'xenfv'],
  memory: ({ sizeMib }) => ['-m', String(sizeMib)],
  restore: (_, { domid, restore }) => (restore ? ['-loadvm', `${SAVED_STATE}${domid}`] : []),
  extra: ({ text }) => [text],
};

function spell(sections: readonly (readonly DeviceModelArg[])[], context: DialectContext): string[] {
  const words: string[] = [];
  for (const section of sections) {
    for (const arg of section) {
      for (const word of (SPELLINGS[arg.arg] as Spelling<Kind>)(arg, context)) words.push(word);
    }
  }
  return words;
}

function options({ identity, display, boot, devices }: DeviceModelArgs, context: DialectContext): readonly string[] {
  return finished(NAME, spell([identity, display, boot, devices], context));
}

/**
 * The language of qemu-dm, as xend's image.py spoke it in 2009; Xen built that device model until 4.20.
 *
 * A guest's sections come in the order identity, display, boot, devices; then the machine, the saved state and the
 * memory. The values of `-net` are escaped, which this QEMU understands there.
 */
export const qemuXenTraditional: Dialect = {
  name: NAME,
  argv(args, context) {
    const { machine, restore, memory } = args;
    const tail = finished(NAME, spell([machine, restore, memory], context));
    return ['-d', String(context.domid), ...options(args, context), ...tail];
  },
  options,
  readiness: 'process',
  absentHint:
    'Xen builds qemu-dm up to 4.20, where that is asked for; Debian has none. Without --profile xend the guest has a QEMU of today.',
  environment: () => ({}),
};
