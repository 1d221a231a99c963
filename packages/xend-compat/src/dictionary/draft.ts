import type {
  CpuidLeaf,
  DiskConfig,
  DomainConfig,
  NicConfig,
  Scalar,
  Spelled,
  VncConfig,
} from '@xen-image/core/plugin';
import type { Json, XendGuest } from './input.js';
import { isTrue, toInt, toText } from './python.js';

/** Default size of the video RAM where the configuration has none. */
export const DEFAULT_VIDEO_RAM_MIB = 4;

/**
 * A configuration being read. Every field holds what a guest has that says nothing, until its key is read: a reading
 * that ends early leaves the rest so.
 */
export class Draft {
  kernel: Json = null;
  ramdisk: Json = null;
  commandLine: Json = '';
  temporaryFiles: string[] = [];

  program: Json = null;
  xDisplay: Json = null;
  xauthority: Json = null;
  extendedPowerManagement: number | null = null;

  displayDisabled = false;
  vnc: VncConfig | null = null;
  sdl: { readonly opengl: boolean } | null = null;
  keymap: Json = null;
  monitor = false;

  order: string | null = null;
  floppyA: string | null = null;
  floppyB: string | null = null;
  sound: string | null = null;
  serial: readonly string[] = [];
  localtime = false;
  stdvga = false;
  isa = false;
  usb = false;
  usbDevices: readonly string[] = [];

  disks: DiskConfig[] = [];
  nics: NicConfig[] = [];

  offsetSeconds = 0;
  configuredOffset: Spelled<number> = { value: 0, spelling: null };

  videoRamMib = DEFAULT_VIDEO_RAM_MIB;
  videoRamSpelling = String(DEFAULT_VIDEO_RAM_MIB);
  superpages: Scalar = 0;
  loader: string | null = null;
  platformPci = true;
  acpi = 0;
  apic = 0;
  hap = false;
  pae = 0;
  vhpt = 0;
  guestOsType: string | null = null;

  cpuidSet: CpuidLeaf[] = [];
  cpuidCheck: CpuidLeaf[] = [];

  constructor(private readonly guest: XendGuest) {}

  /** The configuration read so far. */
  toConfig(): DomainConfig {
    const { vm, arch, imageType } = this.guest;
    return {
      name: toText(vm.nameLabel),
      uuid: vm.uuid,
      arch,
      imageType,
      vcpus: { maximum: vm.vcpus, online: vm.vcpus },
      memory: { targetKib: vm.memoryTargetKib, maximumKib: vm.memoryMaximumKib, shadowKib: 0 },
      boot: {
        kernel: spelledPath(this.kernel),
        ramdisk: spelledPath(this.ramdisk),
        commandLine: {
          value: typeof this.commandLine === 'string' ? this.commandLine : '',
          spelling: scalar(this.commandLine),
        },
        temporaryFiles: this.temporaryFiles,
        features: vm.features,
        extents: {
          value: isOn(this.superpages) ? 'all2M' : 'best',
          spelling: scalar(this.superpages),
        },
        order: this.order,
        loader: this.loader,
        firmware: null,
      },
      clock: {
        offsetSeconds: this.offsetSeconds,
        localtime: this.localtime,
        configuredOffset: this.configuredOffset,
      },
      display: {
        disabled: this.displayDisabled,
        vnc: this.vnc,
        sdl: this.sdl,
        keymap: textOrNull(this.keymap),
        monitor: this.monitor,
        xDisplay: textIfTrue(this.xDisplay),
        xauthority: textIfTrue(this.xauthority),
      },
      platform: {
        acpi: this.acpi,
        apic: this.apic,
        pae: this.pae,
        hap: this.hap,
        platformPci: this.platformPci,
        extendedPowerManagement: this.extendedPowerManagement,
        videoRamMib: { value: this.videoRamMib, spelling: this.videoRamSpelling },
        vga: this.stdvga ? 'stdvga' : 'cirrus',
        isa: this.isa,
        usb: this.usb,
        usbDevices: this.usbDevices,
        sound: this.sound,
        serial: this.serial,
        floppyA: this.floppyA,
        floppyB: this.floppyB,
        mmioHoleMib: null,
        vhpt: this.vhpt,
        guestOsType: this.guestOsType,
      },
      cpuid: { set: this.cpuidSet, check: this.cpuidCheck },
      disks: this.disks,
      nics: this.nics,
      deviceModel: { program: textOrNull(this.program), extraArgs: [] },
      onShutdown: { poweroff: 'destroy', reboot: 'restart', crash: 'restart', watchdog: 'restart' },
    };
  }
}

/** Whether a switch that is handed on as spelled is on; what is no number counts as off. */
function isOn(value: Scalar): boolean {
  const number = toInt(value);
  return typeof number === 'number' && number !== 0;
}

/** A path and its spelling; what is no text is no path. */
function spelledPath(raw: Json): Spelled<string | null> {
  return { value: typeof raw === 'string' ? raw : null, spelling: scalar(raw) };
}

/** A spelling; a negative zero is Python's one zero. */
export function scalar(raw: Json): Scalar {
  if (typeof raw === 'number') return raw + 0;
  return typeof raw === 'string' ? raw : null;
}

function textIfTrue(raw: Json): string | null {
  return isTrue(raw) ? toText(raw) : null;
}

function textOrNull(raw: Json): string | null {
  return raw === null ? null : toText(raw);
}
