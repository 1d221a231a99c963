import type { Spelled } from './values.js';

/** The machine's name and number. */
export interface DomainNameArg {
  readonly arg: 'domain-name';
  readonly name: string;
}
/** No window, no server. */
export interface NoGraphicArg {
  readonly arg: 'nographic';
}
/** Size of the video card's memory. */
export interface VideoRamArg {
  readonly arg: 'video-ram';
  readonly sizeMib: Spelled<number>;
}
/** The video card. */
export interface VgaArg {
  readonly arg: 'vga';
  readonly card: 'stdvga' | 'cirrus' | 'none';
  readonly ramMib: number;
}
export interface KeymapArg {
  readonly arg: 'keymap';
  readonly keymap: string;
}
export interface VncArg {
  readonly arg: 'vnc';
  readonly listen: string;
  readonly display: number;
  /** Whether there is a password; the password itself is never an argument. */
  readonly password: boolean;
  readonly findUnused: boolean;
  readonly tls: { readonly certificateDirectory: string; readonly verify: boolean } | null;
}
export interface SdlArg {
  readonly arg: 'sdl';
  readonly opengl: boolean;
}
/** The monitor on a virtual console. */
export interface MonitorArg {
  readonly arg: 'monitor';
}
export interface SerialArg {
  readonly arg: 'serial';
  readonly target: string;
}
export interface VcpusArg {
  readonly arg: 'vcpus';
  readonly online: number;
  readonly maximum: number;
}
export interface BootOrderArg {
  readonly arg: 'boot-order';
  readonly order: string;
}
export interface FloppyArg {
  readonly arg: 'floppy';
  readonly drive: 'a' | 'b';
  readonly path: string;
}
/** A kernel that the device model's firmware boots. */
export interface DirectBootArg {
  readonly arg: 'direct-boot';
  readonly kernel: string;
  readonly ramdisk: string | null;
  readonly commandLine: string;
}
export interface SoundArg {
  readonly arg: 'sound';
  readonly model: string;
}
/** An option without a value. */
export interface SwitchArg {
  readonly arg: 'switch';
  readonly name: 'localtime' | 'std-vga' | 'isa' | 'acpi' | 'no-acpi' | 'usb';
}
export interface UsbDeviceArg {
  readonly arg: 'usb-device';
  readonly device: string;
}
/** An emulated network interface; `index` counts these alone, from 0. */
export interface NicArg {
  readonly arg: 'nic';
  readonly index: number;
  readonly mac: string;
  readonly model: string;
  readonly bridge: string;
  /** The configured script; `null` where the device model runs none. */
  readonly script: string | null;
}
export interface NoNicArg {
  readonly arg: 'no-nic';
}
export interface DiskArg {
  readonly arg: 'disk';
  readonly target: string | null;
  readonly format: string;
  readonly vdev: string;
  readonly readOnly: boolean;
  readonly cdrom: boolean;
}
export interface MachineArg {
  readonly arg: 'machine';
  readonly machine: 'pv' | 'fv';
  readonly platformPci: boolean;
}
export interface MemoryArg {
  readonly arg: 'memory';
  readonly sizeMib: number;
}
/** The saved state to start from. */
export interface RestoreArg {
  readonly arg: 'restore';
}
/** An argument handed on as it is: the operator's own. */
export interface ExtraArg {
  readonly arg: 'extra';
  readonly text: string;
}

/** One thing a device model must be told, without any device model's spelling of it. */
export type DeviceModelArg =
  | DomainNameArg
  | NoGraphicArg
  | VideoRamArg
  | VgaArg
  | KeymapArg
  | VncArg
  | SdlArg
  | MonitorArg
  | SerialArg
  | VcpusArg
  | BootOrderArg
  | FloppyArg
  | DirectBootArg
  | SoundArg
  | SwitchArg
  | UsbDeviceArg
  | NicArg
  | NoNicArg
  | DiskArg
  | MachineArg
  | MemoryArg
  | RestoreArg
  | ExtraArg;

/** The named sections of a device model's arguments; a dialect owns their order. */
export const DEVICE_MODEL_SECTIONS = [
  'identity',
  'display',
  'boot',
  'devices',
  'machine',
  'memory',
  'restore',
] as const;

/** A section's name. */
export type DeviceModelSection = (typeof DEVICE_MODEL_SECTIONS)[number];

/** Arguments by section, in order within each. */
export type DeviceModelArgs = { readonly [section in DeviceModelSection]: readonly DeviceModelArg[] };

/** What a handler says about its guest's device model. */
export interface DeviceModelPlan {
  /** The program; `null` where the guest has no device model (its arguments can be looked at all the same). */
  readonly program: string | null;
  readonly args: DeviceModelArgs;
  /** Environment variables added for it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Set over the device model's control connection where its dialect has no other way. */
  readonly vncPassword: string | null;
}

/** What a dialect must know beside the arguments. */
export interface DialectContext {
  /** A number, or a placeholder while the domid is not known. */
  readonly domid: number | string;
  /** Whether the guest comes from saved state. */
  readonly restore: boolean;
}

/** A way of spelling device-model arguments. */
export interface Dialect {
  /** Stable name: `qemu-xen`, `qemu-xen-traditional`. */
  readonly name: string;
  /** The argument list without argv[0]. Throws `DEVICE_MODEL_ARG_UNSUPPORTED` for an argument it has no word for. */
  argv(args: DeviceModelArgs, context: DialectContext): readonly string[];
  /** The part of it that describes the guest alone, which some profiles record. */
  options(args: DeviceModelArgs, context: DialectContext): readonly string[];
  /** How a device model of this dialect says that it is ready. */
  readonly readiness: 'process' | 'xenstore';
  /** Environment that every device model of this dialect needs. */
  environment(context: DialectContext): Readonly<Record<string, string>>;
}
