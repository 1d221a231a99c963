import type { CpuidLeaf } from '../contract/ports/cpu-policy.js';
import type { ExtentPolicy } from '../contract/ports/domain-builder.js';
import type { TscMode } from '../contract/ports/domains.js';
import type { HvmParam } from '../contract/ports/hvm-params.js';
import type { Flag, Spelled } from '../contract/values.js';

/** What happens to a domain when it shuts down for some reason: xl.cfg(5), `on_poweroff` and its like. */
export type LifecycleAction =
  'destroy' | 'restart' | 'rename-restart' | 'preserve' | 'coredump-destroy' | 'coredump-restart' | 'soft-reset';

/** A virtual disk. */
export interface DiskConfig {
  /** The file or block device behind it; `null` for an empty CD drive. */
  readonly target: string | null;
  readonly format: 'raw' | 'qcow' | 'qcow2' | 'vhd' | 'qed';
  /** The name in the guest: `hda`, `xvda`, `sda1`. */
  readonly vdev: string;
  readonly access: 'ro' | 'rw';
  readonly cdrom: boolean;
  /** A file that must exist before the device model starts; `null` where nothing is looked for. */
  readonly requiredFile: string | null;
}

/** A virtual network interface. */
export interface NicConfig {
  /** Six octets, lower case, colons between. */
  readonly mac: string;
  readonly bridge: string;
  /** The emulated model, `null` for a paravirtual interface that the device model knows nothing of. */
  readonly model: string | null;
  readonly type: 'emulated' | 'paravirtual';
  readonly script: string | null;
}

/** The VNC server of a device model. */
export interface VncConfig {
  readonly listen: string;
  readonly display: number;
  /** Whether another display is looked for where this one is taken. */
  readonly findUnused: boolean;
  /** `null` for none. The spelling is what goes to a store that keeps it. */
  readonly password: Spelled<string> | null;
  readonly tls: { readonly certificateDirectory: string; readonly verify: boolean } | null;
}

/** How a guest's screen is shown. */
export interface DisplayConfig {
  /** Neither window nor server nor video card options, and nothing else of the display is looked at. */
  readonly disabled: boolean;
  readonly vnc: VncConfig | null;
  readonly sdl: { readonly opengl: boolean } | null;
  readonly keymap: string | null;
  /** The device model's monitor on a virtual console. */
  readonly monitor: boolean;
  /** `DISPLAY` of the device model; empty counts as none there. */
  readonly xDisplay: string | null;
  /** `XAUTHORITY` of the device model, likewise. */
  readonly xauthority: string | null;
}

/** What the guest runs first. */
export interface BootConfig {
  /** The guest's kernel; `null` where an HVM guest boots from its disks. */
  readonly kernel: Spelled<string | null>;
  readonly ramdisk: Spelled<string | null>;
  readonly commandLine: Spelled<string>;
  /** Files that a bootloader left for this guest, to be removed once it is built, or has failed to be. */
  readonly temporaryFiles: readonly string[];
  /** Features the kernel must have; empty for none. */
  readonly features: string;
  readonly extents: Spelled<ExtentPolicy>;
  /** Boot device order of a BIOS (`cda`); `null` for the device model's default. */
  readonly order: string | null;
  /** The firmware loader of an HVM guest; `null` where none is named and the profile has no default. */
  readonly loader: string | null;
  /** The firmware image given to the loader; `null` where the loader has its own. */
  readonly firmware: { readonly kind: 'seabios' | 'ovmf'; readonly path: string } | null;
}

/** Hardware that the hypervisor and the device model show an HVM guest. */
export interface PlatformConfig {
  readonly acpi: Flag;
  readonly apic: Flag;
  readonly pae: Flag;
  readonly hap: boolean;
  /** The Xen platform PCI device. */
  readonly platformPci: boolean;
  /** Power-management states S3 and S4 beyond what a guest has by default; `null` where not configured. */
  readonly extendedPowerManagement: number | null;
  readonly videoRamMib: Spelled<number>;
  readonly vga: 'stdvga' | 'cirrus' | 'none';
  readonly isa: boolean;
  readonly usb: boolean;
  readonly usbDevices: readonly string[];
  readonly sound: string | null;
  /** Where serial ports go, one each: `pty`, `file:…`. */
  readonly serial: readonly string[];
  readonly floppyA: string | null;
  readonly floppyB: string | null;
  readonly mmioHoleMib: number | null;
  /** HVM parameters of this guest's own (`hpet`, `timer_mode`, …), over those that the policy gives every guest. */
  readonly hvmParams?: Readonly<Partial<Record<HvmParam, number>>>;
  /** Emulation of the time stamp counter; the policy's where not given. */
  readonly tscMode?: TscMode;
  /** ia64 alone: logarithm of the size of the virtual hash page table, 0 for the default. */
  readonly vhpt: number;
  /** ia64 alone: the guest's system as its firmware knows it; `null` where not said. */
  readonly guestOsType: string | null;
}

/**
 * A domain's configuration after reading: every default filled in, every value checked, spellings kept where they
 * matter.
 *
 * Readers of profiles make it; handlers compute with it; nothing changes it.
 */
export interface DomainConfig {
  readonly name: string;
  /** Canonical lower-case text form. */
  readonly uuid: string;
  /** The handler's key: an arch that a plugin is registered for. */
  readonly arch: string;
  /** The handler's other key: `linux`, `hvm` or a third party's. */
  readonly imageType: string;
  readonly vcpus: { readonly maximum: number; readonly online: number };
  readonly memory: {
    /** What the guest starts with. */
    readonly targetKib: number;
    /** What it may grow to; at least the target. */
    readonly maximumKib: number;
    /** The configured size of the paging pool; 0 for what the formula gives. */
    readonly shadowKib: number;
  };
  readonly boot: BootConfig;
  readonly clock: {
    /** Added to UTC, the zone's offset included where local time was asked for. */
    readonly offsetSeconds: number;
    readonly localtime: boolean;
    /** The configured offset as it was spelled, without the zone's. */
    readonly configuredOffset: Spelled<number>;
  };
  readonly display: DisplayConfig;
  readonly platform: PlatformConfig;
  readonly cpuid: { readonly set: readonly CpuidLeaf[]; readonly check: readonly CpuidLeaf[] };
  readonly disks: readonly DiskConfig[];
  readonly nics: readonly NicConfig[];
  readonly deviceModel: {
    /** The program; `null` for a guest without device model. */
    readonly program: string | null;
    /** Arguments of the operator's own, put last before the machine. */
    readonly extraArgs: readonly string[];
    /** Whether it gives up rights once it has started; it does where it can when not given, and must when `true`. */
    readonly restrict?: boolean;
    /** The user that it then runs as; one of the domain's own where not given. */
    readonly user?: string;
  };
  readonly onShutdown: {
    readonly poweroff: LifecycleAction;
    readonly reboot: LifecycleAction;
    readonly crash: LifecycleAction;
    readonly watchdog: LifecycleAction;
  };
}
