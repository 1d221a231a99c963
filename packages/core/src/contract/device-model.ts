import type { DiskConfig } from '../config/domain-config.js';
import type { Spelled } from './values.js';

/** The machine's name. */
export interface DomainNameArg {
  readonly arg: 'domain-name';
  readonly name: string;
}

/** No window and no server shows the screen. */
export interface NoGraphicArg {
  readonly arg: 'nographic';
  /** Whether the configuration turned the screen off; else nothing happens to show it. */
  readonly asked: boolean;
}

/** Size of the video card's memory, where a dialect tells it apart from the card. */
export interface VideoRamArg {
  readonly arg: 'video-ram';
  readonly sizeMib: Spelled<number>;
}

/** The video card with its memory, where a dialect tells them in one. */
export interface VgaArg {
  readonly arg: 'vga';
  readonly card: 'stdvga' | 'cirrus' | 'none';
  readonly ramMib: number;
}

/** The keyboard layout by QEMU's name for it: `de`, `en-us`. */
export interface KeymapArg {
  readonly arg: 'keymap';
  readonly keymap: string;
}

/** A VNC server. */
export interface VncArg {
  readonly arg: 'vnc';
  /** The address it listens on. */
  readonly listen: string;
  /** The display number; TCP port 5900 and up. */
  readonly display: number;
  /** Whether there is a password; the password itself is never an argument. */
  readonly password: boolean;
  /** Whether another display is looked for where this one is taken. */
  readonly findUnused: boolean;
  /** Encryption with the certificates of a directory; `verify` asks clients for theirs. */
  readonly tls: { readonly certificateDirectory: string; readonly verify: boolean } | null;
}

/** A window on the host's X display. */
export interface SdlArg {
  readonly arg: 'sdl';
  readonly opengl: boolean;
}

/** The monitor on a virtual console. */
export interface MonitorArg {
  readonly arg: 'monitor';
}

/** A serial port and where it goes, as QEMU spells character devices: `pty`, `file:/var/log/guest`. */
export interface SerialArg {
  readonly arg: 'serial';
  readonly target: string;
}

/** Virtual cpus: those the guest starts with, and those there is room for. */
export interface VcpusArg {
  readonly arg: 'vcpus';
  readonly online: number;
  readonly maximum: number;
}

/** The order in which a BIOS tries devices: `cda`. */
export interface BootOrderArg {
  readonly arg: 'boot-order';
  readonly order: string;
}

/** An image in a floppy drive. */
export interface FloppyArg {
  readonly arg: 'floppy';
  readonly drive: 'a' | 'b';
  readonly path: string;
}

/** A kernel that the device model's firmware boots; empty texts count as not given. */
export interface DirectBootArg {
  readonly arg: 'direct-boot';
  readonly kernel: string | null;
  readonly ramdisk: string | null;
  readonly commandLine: string;
}

/** An emulated sound card: `sb16`, `es1370`, `ac97`, `hda`. */
export interface SoundArg {
  readonly arg: 'sound';
  readonly model: string;
}

/** An option without a value. */
export interface SwitchArg {
  readonly arg: 'switch';
  readonly name: 'localtime' | 'std-vga' | 'isa' | 'acpi' | 'no-acpi' | 'usb';
}

/** A device on the emulated USB: `tablet`, `mouse`. */
export interface UsbDeviceArg {
  readonly arg: 'usb-device';
  readonly device: string;
}

/** An emulated network interface. */
export interface NicArg {
  readonly arg: 'nic';
  /** Counts the emulated interfaces alone, from 0. */
  readonly index: number;
  /** Counts all of the guest's interfaces, from 0: the number its backend has. */
  readonly devid: number;
  readonly mac: string;
  readonly model: string;
  readonly bridge: string;
  /** The configured script; `null` where the device model runs none. */
  readonly script: string | null;
}

/** No emulated network interface at all. */
export interface NoNicArg {
  readonly arg: 'no-nic';
}

/** An emulated disk; see {@link DiskConfig} for the fields. */
export interface DiskArg {
  readonly arg: 'disk';
  readonly target: string | null;
  readonly format: DiskConfig['format'];
  readonly vdev: string;
  readonly readOnly: boolean;
  readonly cdrom: boolean;
}

/** The kind of machine: one that serves paravirtual devices, or a whole PC. */
export interface MachineArg {
  readonly arg: 'machine';
  readonly machine: 'pv' | 'fv';
  /** Whether a PC has the Xen platform PCI device. */
  readonly platformPci: boolean;
  /** The hole for devices below 4 GiB where it is not the machine's own 256 MiB. */
  readonly mmioHoleMib?: number;
}

/** The memory of the guest, without video RAM. */
export interface MemoryArg {
  readonly arg: 'memory';
  readonly sizeMib: number;
}

/** The saved state to start from; told only where a guest is restored. */
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
  /** Environment variables added for it; its dialect adds its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Set over the device model's control connection where its dialect has no other way. */
  readonly vncPassword: string | null;
}

/** Rights that a device model gives up once it has started. */
export interface Restriction {
  /** What becomes its root directory: an empty one that it cannot write to. */
  readonly chroot: string;
  /** `UID:GID` in decimal that it runs as; with a placeholder while the domid is not known. */
  readonly user: string;
  /** Whether user and group are this domain's alone; else they were named in its configuration. */
  readonly ownUser: boolean;
  /** Whether its program can refuse system calls that it does not need (`-sandbox`). */
  readonly sandbox: boolean;
  /** Whether its program takes `-run-with` in place of `-chroot` and `-runas`, as QEMU from 9.2 on does. */
  readonly runWith: boolean;
}

/** What a dialect must know beside the arguments. */
export interface DialectContext {
  /** A number, or a placeholder while the domid is not known. */
  readonly domid: number | string;
  /** Whether the guest comes from saved state. */
  readonly restore: boolean;
  /** Rights that the device model gives up once it has started; all are kept where not given. */
  readonly restriction?: Restriction;
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
  /** Whether such a device model can give up rights that it needs no more; it cannot where not given. */
  readonly restricts?: boolean;
  /** What an operator is told where there is no program of this dialect: where to have it from. */
  readonly absentHint?: string;
  /** Environment that every device model of this dialect needs. */
  environment(context: DialectContext): Readonly<Record<string, string>>;
}
