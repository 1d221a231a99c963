import type { HostFacts } from '../../contract/host-facts.js';
import { spelled } from '../../contract/values.js';
import type { BootConfig } from '../domain-config.js';
import { parseBootOrder } from '../text/specs/words.js';
import type { Settings } from './settings.js';

/** A bootloader's answer: files of its own making, and what to hand the kernel. */
export interface BootloaderResult {
  readonly kernel: string;
  readonly ramdisk?: string;
  readonly commandLine?: string;
}

/** The kernel's command line: `cmdline` whole, or `root` and `extra` as xl puts them together. */
function commandLine(settings: Settings): string {
  const whole = settings.text('cmdline');
  if (whole !== undefined) return whole;
  const root = settings.text('root');
  const extra = settings.text('extra') ?? '';
  return root === undefined ? extra : extra === '' ? `root=${root}` : `root=${root} ${extra}`;
}

/**
 * Reads what a guest runs first.
 *
 * @throws XenImageError `CONFIG_MISSING` for a PV or PVH guest without a kernel, `CONFIG_VALUE`
 */
export function readBoot(
  settings: Settings,
  imageType: string,
  host: HostFacts,
  bootloader: BootloaderResult | undefined,
): BootConfig {
  const hvm = imageType === 'hvm';
  let kernel = bootloader?.kernel ?? settings.text('kernel') ?? null;
  let loader = host.options.hvmloader;
  if (kernel === '') kernel = null;
  if (hvm && kernel !== null && /(?:^|\/)hvmloader$/.test(kernel)) {
    loader = kernel;
    kernel = null;
    settings.tell(
      'note',
      'CONFIG_KERNEL_IS_LOADER',
      'kernel names hvmloader, which is the loader of every HVM guest',
      'kernel',
    );
  }
  if (!hvm && kernel === null) throw kernelMissing(settings);
  const ramdisk = bootloader === undefined ? settings.text('ramdisk') : bootloader.ramdisk;
  const order = settings.source('boot');
  const files = bootloader === undefined ? [] : [bootloader.kernel, bootloader.ramdisk ?? ''];
  return {
    kernel: spelled(kernel),
    ramdisk: spelled(ramdisk === undefined || ramdisk === '' ? null : ramdisk),
    commandLine: spelled(bootloader === undefined ? commandLine(settings) : (bootloader.commandLine ?? '')),
    temporaryFiles: files.filter((file) => file !== ''),
    features: settings.text('features') ?? '',
    extents: {
      value: settings.flag('superpages') === true ? 'all2M' : 'best',
      spelling: settings.flag('superpages') === true ? 1 : 0,
    },
    order: hvm ? (order === undefined ? 'cda' : parseBootOrder(order)) : null,
    loader,
    firmware: hvm ? firmware(settings, host) : null,
  };
}

function kernelMissing(settings: Settings) {
  return settings.has('bootloader')
    ? settings.error(
        'CONFIG_BOOTLOADER',
        'the guest boots through a bootloader, which has not been run',
        'bootloader',
        'run it, and give its kernel, ramdisk and command line as the bootloader result',
      )
    : settings.error('CONFIG_MISSING', 'the configuration names no kernel', 'kernel', 'add kernel = "…"');
}

function firmware(settings: Settings, host: HostFacts): BootConfig['firmware'] {
  const kind = settings.text('bios') ?? 'seabios';
  if (kind !== 'seabios' && kind !== 'ovmf') {
    throw settings.error(
      'CONFIG_VALUE',
      `bios = ${JSON.stringify(kind)} is not known`,
      'bios',
      'write seabios or ovmf',
    );
  }
  const path = settings.text('firmware_override') ?? settings.text('bios_path_override') ?? host.options[kind];
  return path === null ? null : { kind, path };
}
