import type { HandlerSuiteOptions } from '../options.js';

/** The uuid of the suite's guest, so that a text is read to the same configuration each time. */
export const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';

/** The files that guests of the suite boot. */
export const KERNEL = '/boot/vmlinuz';
export const RAMDISK = '/boot/initrd';

/** Settings of a guest by name, spelled as a configuration file has them. */
export type Settings = Readonly<Record<string, string | number>>;

/** A guest of the type under test, as a configuration file has it. */
export function guestText({ imageType, settings = '' }: HandlerSuiteOptions, change: Settings = {}): string {
  const firmwareBoots = imageType === 'hvm';
  const all: Settings = {
    name: '"testkit"',
    type: JSON.stringify(imageType),
    memory: 64,
    vcpus: 2,
    ...(firmwareBoots ? {} : { kernel: JSON.stringify(KERNEL), ramdisk: JSON.stringify(RAMDISK), extra: '"quiet"' }),
    ...change,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
  return [...lines, settings, ''].join('\n');
}

/** Guests of several shapes: each must be planned, built and destroyed. */
export const SHAPES: Readonly<Record<string, Settings>> = {
  'the usual guest': {},
  'a guest of one vcpu': { vcpus: 1 },
  'a guest with room for more vcpus': { vcpus: 1, maxvcpus: 4 },
  'a guest that may grow': { memory: 64, maxmem: 128 },
  'a guest with a paging pool of its own': { shadow_memory: 16 },
  'a guest larger than what lies below 4 GiB': { memory: 6144 },
};
