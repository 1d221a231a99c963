import type { GuestSettings, HandlerSuiteOptions } from '../options.js';

/** The uuid of the suite's guest, so that a text is read to the same configuration each time. */
export const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';

/** The files that guests of the suite boot. */
export const KERNEL = '/boot/vmlinuz';
export const RAMDISK = '/boot/initrd';

/** A guest of the type under test, as a configuration file has it. */
export function guestText({ imageType, settings }: HandlerSuiteOptions, change: GuestSettings = {}): string {
  const firmwareBoots = imageType === 'hvm';
  const all: GuestSettings = {
    name: '"testkit"',
    type: JSON.stringify(imageType),
    memory: 64,
    vcpus: 2,
    ...(firmwareBoots ? {} : { kernel: JSON.stringify(KERNEL), ramdisk: JSON.stringify(RAMDISK), extra: '"quiet"' }),
    ...settings,
    ...change,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

/** The shape that a handler must serve. */
export const USUAL = 'the usual guest';

/** Guests of several shapes. A handler may refuse any but the usual one; those that it serves it must serve to the end. */
export const SHAPES: Readonly<Record<string, GuestSettings>> = {
  [USUAL]: {},
  'a guest of one vcpu': { vcpus: 1 },
  'a guest with room for more vcpus': { vcpus: 1, maxvcpus: 4 },
  'a guest that may grow': { memory: 64, maxmem: 128 },
  'a guest with a paging pool of its own': { shadow_memory: 16 },
  'a guest larger than what lies below 4 GiB': { memory: 6144 },
};
