import { spelled } from '../../contract/values.js';
import type { PlatformConfig } from '../domain-config.js';
import type { Settings } from './settings.js';

/** Video RAM where the configuration says nothing, in MiB: libxl's defaults for qemu-xen (libxl_create.c). */
const DEFAULT_VIDEO_RAM_MIB = { stdvga: 16, cirrus: 8, none: 0 } as const;
const MAX_VIDEO_RAM_MIB = 256;

function card(settings: Settings): PlatformConfig['vga'] {
  if (settings.flag('stdvga') === true) return 'stdvga';
  const vga = settings.text('vga') ?? 'cirrus';
  if (vga === 'stdvga' || vga === 'cirrus' || vga === 'none') return vga;
  throw settings.error(
    'CONFIG_VALUE',
    `vga = ${JSON.stringify(vga)} is not known`,
    'vga',
    'write stdvga, cirrus or none',
  );
}

/**
 * Reads the hardware that an HVM guest sees; defaults are xl's.
 *
 * @throws XenImageError `CONFIG_VALUE`
 */
export function readPlatform(settings: Settings): PlatformConfig {
  const vga = card(settings);
  const videoRam =
    vga === 'none' ? 0 : (settings.integer('videoram', 1, MAX_VIDEO_RAM_MIB) ?? DEFAULT_VIDEO_RAM_MIB[vga]);
  return {
    acpi: settings.flag('acpi') ?? true,
    apic: settings.flag('apic') ?? true,
    pae: settings.flag('pae') ?? true,
    hap: settings.flag('hap') ?? true,
    platformPci: settings.flag('xen_platform_pci') ?? true,
    extendedPowerManagement: null,
    videoRamMib: spelled<number>(videoRam),
    vga,
    isa: settings.flag('isa') ?? false,
    usb: settings.flag('usb') ?? false,
    usbDevices: settings.texts('usbdevice'),
    sound: settings.text('soundhw') ?? null,
    serial: settings.texts('serial'),
    floppyA: settings.text('fda') ?? null,
    floppyB: settings.text('fdb') ?? null,
    mmioHoleMib: settings.integer('mmio_hole', 256, 3840) ?? null,
    vhpt: settings.integer('vhpt', 0, 30) ?? 0,
    guestOsType: settings.text('guest_os_type') ?? null,
  };
}
