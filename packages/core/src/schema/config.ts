import * as z from 'zod';
import { cpuidLeaf, hvmParams, tscMode } from './hypervisor.js';
import { count, flag, spelled, uuid } from './values.js';

const text = z.string();
const path = z.string().nullable();
const lifecycle = z.enum([
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
  'coredump-destroy',
  'coredump-restart',
  'soft-reset',
]);

const boot = z.strictObject({
  kernel: spelled(path),
  ramdisk: spelled(path),
  commandLine: spelled(text),
  temporaryFiles: z.array(text),
  features: text,
  extents: spelled(z.enum(['best', 'all2M'])),
  order: text.nullable(),
  loader: path,
  firmware: z.strictObject({ kind: z.enum(['seabios', 'ovmf']), path: text }).nullable(),
});

const display = z.strictObject({
  disabled: z.boolean(),
  vnc: z
    .strictObject({
      listen: text,
      display: z.number(),
      findUnused: z.boolean(),
      password: spelled(text).nullable().describe('<secret> where there is one'),
      tls: z.strictObject({ certificateDirectory: text, verify: z.boolean() }).nullable(),
    })
    .nullable(),
  sdl: z.strictObject({ opengl: z.boolean() }).nullable(),
  keymap: text.nullable(),
  monitor: z.boolean(),
  xDisplay: text.nullable(),
  xauthority: text.nullable(),
});

const platform = z.strictObject({
  acpi: flag,
  apic: flag,
  pae: flag,
  hap: z.boolean(),
  platformPci: z.boolean(),
  extendedPowerManagement: z.number().nullable(),
  videoRamMib: spelled(z.number()),
  vga: z.enum(['stdvga', 'cirrus', 'none']),
  isa: z.boolean(),
  usb: z.boolean(),
  usbDevices: z.array(text),
  sound: text.nullable(),
  serial: z.array(text),
  floppyA: path,
  floppyB: path,
  mmioHoleMib: z.number().nullable(),
  hvmParams: hvmParams.exactOptional(),
  tscMode: tscMode.exactOptional(),
  vhpt: z.number(),
  guestOsType: text.nullable(),
});

const disk = z.strictObject({
  target: path,
  format: z.enum(['raw', 'qcow', 'qcow2', 'vhd', 'qed']),
  vdev: text,
  access: z.enum(['ro', 'rw']),
  cdrom: z.boolean(),
  requiredFile: path,
});

const nic = z.strictObject({
  mac: text,
  bridge: text,
  model: text.nullable(),
  type: z.enum(['emulated', 'paravirtual']),
  script: text.nullable(),
});

/** A configuration after reading: every default filled in. */
export const configSchema = z
  .strictObject({
    name: text,
    uuid,
    arch: text,
    imageType: text,
    vcpus: z.strictObject({ maximum: z.int(), online: z.int() }),
    memory: z.strictObject({ targetKib: count, maximumKib: count, shadowKib: z.number() }),
    boot,
    clock: z.strictObject({ offsetSeconds: z.number(), localtime: z.boolean(), configuredOffset: spelled(z.number()) }),
    display,
    platform,
    cpuid: z.strictObject({ set: z.array(cpuidLeaf), check: z.array(cpuidLeaf) }),
    disks: z.array(disk),
    nics: z.array(nic),
    deviceModel: z.strictObject({
      program: path,
      extraArgs: z.array(text),
      restrict: z.boolean().exactOptional(),
      user: text.exactOptional(),
    }),
    onShutdown: z.strictObject({ poweroff: lifecycle, reboot: lifecycle, crash: lifecycle, watchdog: lifecycle }),
  })
  .meta({ id: 'config' });
