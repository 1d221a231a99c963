import type { Dict, Json, XendGuest } from '../../src/dictionary/input.js';
import type { CaseInput, CaseScript } from '../../src/replay/case.js';

/** What a test says of a guest; the rest is a plain one. */
export interface GuestOptions {
  readonly arch?: string;
  readonly imageType?: string;
  readonly vm?: Partial<XendGuest['vm']>;
  /** Over the plain guest's dictionary; a key that is `undefined` is taken out of it. */
  readonly config?: Readonly<Record<string, Json | undefined>>;
  /** Over the plain guest's platform, likewise. */
  readonly platform?: Readonly<Record<string, Json | undefined>>;
  readonly options?: Partial<XendGuest['host']['options']>;
  readonly clock?: Partial<XendGuest['host']['clock']>;
  readonly xenCaps?: string;
  readonly script?: Partial<CaseScript>;
}

const HVM_PLATFORM: Dict = {
  device_model: '/usr/lib/xen/bin/qemu-dm',
  loader: '/usr/lib/xen/boot/hvmloader',
  boot: 'cda',
  rtc_timeoffset: 0,
  xen_platform_pci: 1,
  apic: 1,
  acpi: 1,
  pae: 1,
};

function without(dict: Readonly<Record<string, Json | undefined>>): Dict {
  return Object.fromEntries(Object.entries(dict).filter(([, value]) => value !== undefined)) as Dict;
}

/** A guest of xend's, plain but for what the test says. */
export function guest({ arch = 'x86', imageType = 'linux', vm, config, platform, ...rest }: GuestOptions): CaseInput {
  const hvm = imageType === 'hvm';
  return {
    arch,
    imageType,
    vm: {
      domid: 7,
      nameLabel: 'guest7',
      uuid: '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01',
      vcpus: 2,
      memoryTargetKib: 262144,
      memoryMaximumKib: 524288,
      storePort: 3,
      consolePort: 4,
      features: '',
      ...vm,
    },
    vmConfig: without({
      PV_kernel: hvm ? '' : '/boot/vmlinuz',
      PV_args: hvm ? '' : 'root=/dev/xvda1 ro',
      PV_ramdisk: hvm ? '' : '/boot/initrd',
      superpages: 0,
      HVM_boot_policy: hvm ? 'BIOS order' : '',
      platform: without({ ...(hvm ? HVM_PLATFORM : {}), ...platform }),
      console_refs: [],
      vbd_refs: [],
      vif_refs: [],
      devices: {},
      ...config,
    }),
    host: {
      options: {
        vncpasswd: null,
        vncListen: '127.0.0.1',
        vncTls: 0,
        vncX509CertDir: '/etc/xen/vnc',
        vncX509Verify: 0,
        ...rest.options,
      },
      xenCaps: rest.xenCaps ?? 'xen-3.0-x86_64 hvm-3.0-x86_64 ',
      clock: { nowEpochSeconds: 1243328400, isDst: 0, timezoneWestSeconds: 0, altzoneWestSeconds: 0, ...rest.clock },
      paths: { '/boot/vmlinuz': 'file', '/boot/initrd': 'file', '/etc/xen/vnc': 'dir' },
      ...rest.script,
    },
    queries: { availableMemoryKib: [], shadowMemoryKib: [] },
  };
}

/** An HVM guest. */
export function hvm(options: GuestOptions = {}): CaseInput {
  return guest({ imageType: 'hvm', ...options });
}

/** A PV guest. */
export function pv(options: GuestOptions = {}): CaseInput {
  return guest({ imageType: 'linux', ...options });
}

/** A dictionary's devices of one kind, with the list that refers to them. */
export function devices(
  list: 'console_refs' | 'vbd_refs' | 'vif_refs',
  ...infos: readonly (readonly [deviceClass: string, info: Dict])[]
): Readonly<Record<string, Json>> {
  return {
    [list]: infos.map((_, index) => `${list}-${index}`),
    devices: Object.fromEntries(infos.map((info, index) => [`${list}-${index}`, info])),
  };
}

/** Makes a value and all within it unchangeable: whoever tries throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}
