import { spelled, type DomainConfig, type HandlerInput, type Policy } from '../../src/plugin.js';
import { hostFacts } from './host.js';
import { TODAY } from './policies.js';

/** Changes to a guest, section by section. */
export type GuestChange = { readonly [K in keyof DomainConfig]?: Partial<DomainConfig[K]> | DomainConfig[K] };

const BASE: DomainConfig = {
  name: 'guest7',
  uuid: '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01',
  arch: 'x86',
  imageType: 'linux',
  vcpus: { maximum: 2, online: 2 },
  memory: { targetKib: 262144, maximumKib: 524288, shadowKib: 0 },
  boot: {
    kernel: spelled<string | null>('/boot/vmlinuz'),
    ramdisk: spelled<string | null>('/boot/initrd.img'),
    commandLine: spelled('root=/dev/xvda1 ro'),
    temporaryFiles: [],
    features: '',
    extents: { value: 'best', spelling: 0 },
    order: null,
    loader: null,
    firmware: null,
  },
  clock: { offsetSeconds: 0, localtime: false, configuredOffset: spelled(0) },
  display: { disabled: false, vnc: null, sdl: null, keymap: null, monitor: false, xDisplay: null, xauthority: null },
  platform: {
    acpi: true,
    apic: true,
    pae: true,
    hap: true,
    platformPci: true,
    extendedPowerManagement: null,
    videoRamMib: spelled(4),
    vga: 'cirrus',
    isa: false,
    usb: false,
    usbDevices: [],
    sound: null,
    serial: [],
    floppyA: null,
    floppyB: null,
    mmioHoleMib: null,
    vhpt: 0,
    guestOsType: null,
  },
  cpuid: { set: [], check: [] },
  disks: [],
  nics: [],
  deviceModel: { program: null, extraArgs: [] },
  onShutdown: { poweroff: 'destroy', reboot: 'restart', crash: 'destroy', watchdog: 'destroy' },
};

const HVM: GuestChange = {
  imageType: 'hvm',
  boot: {
    kernel: spelled<string | null>(''),
    ramdisk: spelled<string | null>(''),
    commandLine: spelled(''),
    order: 'cda',
    loader: '/usr/lib/xen/boot/hvmloader',
  },
  deviceModel: { program: '/usr/lib/xen/bin/qemu-dm' },
};

function changed(base: DomainConfig, change: GuestChange): DomainConfig {
  const config: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change) as [string, unknown][]) {
    const merges = typeof value === 'object' && value !== null && !Array.isArray(value);
    config[key] = merges ? { ...(config[key] as object), ...value } : value;
  }
  return config as unknown as DomainConfig;
}

/** A PV guest of 256 MiB that may grow to 512 MiB, with 2 vcpus and a kernel. */
export function pvGuest(change: GuestChange = {}): DomainConfig {
  return changed(BASE, change);
}

/** An HVM guest of the same size, booted from its disks, with hvmloader and a device model. */
export function hvmGuest(change: GuestChange = {}): DomainConfig {
  return changed(changed(BASE, HVM), change);
}

/** What a handler decides from, on the made-up host. */
export function inputFor(config: DomainConfig, policy: Policy = TODAY, hap = true): HandlerInput {
  const host = hostFacts();
  return { config, policy, host: { ...host, hypervisor: { ...host.hypervisor, hap } } };
}
