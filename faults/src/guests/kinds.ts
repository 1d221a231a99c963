import type { Plugin } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { ia64Plugin } from '@xen-image/handler-ia64';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import type { HostSettings, SimulatorOptions } from '@xen-image/xen-sim';
import { xendProfilePlugin } from '@xen-image/xend-compat';
import { GUEST } from '../host/state.js';
import { pvhPlugin } from './pvh.js';

/** A kind of guest, with the host and the plugins that it needs, and two bystanders of the same arch. */
export interface GuestKind {
  readonly name: string;
  readonly arch: string;
  readonly profile: string;
  readonly text: string;
  readonly bystanders: readonly [string, string];
  readonly plugins: readonly Plugin[];
  readonly host: HostSettings;
  readonly files: NonNullable<SimulatorOptions['files']>;
}

const DEVICE_MODEL = '/usr/libexec/xen-qemu-system-i386';
const LOADER = '/usr/lib/xen/boot/hvmloader';
const FIRMWARE = '/usr/share/seabios/bios-256k.bin';
const XEND_DEVICE_MODEL = '/usr/lib/xen/bin/qemu-dm';
const IA64_FIRMWARE = '/usr/lib/xen/boot/guest_firmware.bin';

const FILES: SimulatorOptions['files'] = {
  '/boot/vmlinuz': { sizeBytes: 1024 * 1024, format: 'elf' },
  '/boot/initrd': { sizeBytes: 1024 * 1024 },
  [DEVICE_MODEL]: 'file',
  [LOADER]: 'file',
  [FIRMWARE]: 'file',
  [XEND_DEVICE_MODEL]: 'file',
  [IA64_FIRMWARE]: 'file',
};

const OPTIONS = { deviceModel: DEVICE_MODEL, hvmloader: LOADER, seabios: FIRMWARE } as const;

function text(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${typeof value === 'number' ? value : JSON.stringify(value)}\n`)
    .join('');
}

const LINUX = { memory: 64, vcpus: 2, kernel: '/boot/vmlinuz', ramdisk: '/boot/initrd', extra: 'quiet' };
const ENDS = { on_reboot: 'restart', on_crash: 'restart' };
const HVM = { type: 'hvm', memory: 64, vcpus: 2, vnc: 1, vncunused: 1 };

const x86 = (name: string, settings: Readonly<Record<string, string | number>>, more: Partial<GuestKind> = {}) => ({
  name,
  arch: 'x86',
  profile: 'modern',
  text: text({ name: GUEST, ...settings, ...ENDS }),
  bystanders: [text({ name: 'bystander-pv', ...LINUX }), text({ name: 'bystander-hvm', ...HVM })] as const,
  plugins: [pv, hvm, pvhPlugin, qemuDialectsPlugin],
  host: { options: OPTIONS },
  files: FILES,
  ...more,
});

const IA64_PV = { builder: 'linux', ...LINUX, vhpt: 23 };
const IA64_HVM = {
  builder: 'hvm',
  memory: 64,
  vcpus: 2,
  vhpt: 24,
  guest_os_type: 'linux',
  kernel: IA64_FIRMWARE,
  device_model: XEND_DEVICE_MODEL,
};

const ia64 = (name: string, settings: Readonly<Record<string, string | number>>): GuestKind => ({
  name,
  arch: 'ia64',
  profile: 'xend',
  text: text({ name: GUEST, ...settings, ...ENDS }),
  bystanders: [text({ name: 'bystander-pv', ...IA64_PV }), text({ name: 'bystander-hvm', ...IA64_HVM })],
  plugins: [ia64Plugin, xendProfilePlugin, qemuDialectsPlugin],
  host: { version: '3.4', capabilities: 'xen-3.0-ia64 hvm-3.0-ia64' },
  files: FILES,
});

/** The kinds of guests that faults are tried with, by name. */
export const KINDS = {
  pv: x86('pv', LINUX),
  superpages: x86('superpages', { ...LINUX, superpages: 1 }),
  hvm: x86('hvm', { ...HVM, cpuid: 'host,tm=0', rtc_timeoffset: 60 }),
  pvh: x86('pvh', { ...LINUX, type: 'pvh' }),
  'ia64-pv': ia64('ia64-pv', IA64_PV),
  'ia64-hvm': ia64('ia64-hvm', IA64_HVM),
} as const satisfies Readonly<Record<string, GuestKind>>;
