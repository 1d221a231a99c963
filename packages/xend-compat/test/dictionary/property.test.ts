import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isXenImageError, planImage } from '@xen-image/core';
import { hostFacts } from '../../src/dictionary/host.js';
import { readDictionary } from '../../src/dictionary/read.js';
import type { Dict, Json } from '../../src/dictionary/input.js';
import { frozen, guest } from '../support/guest.js';
import { bench } from '../support/run.js';

/** What a key may hold in a dictionary that nobody checked. */
const anything = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, 1, 2, -1, '', '0', '1', ' 1 ', '+1', '0x1', 'on', '1L', '/a', 'file:a'),
  fc.integer(),
  fc.string({ maxLength: 6 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

const PLATFORM_KEYS = [
  ...['acpi', 'apic', 'pae', 'usb', 'isa', 'stdvga', 'localtime', 'nographic', 'vnc', 'sdl', 'opengl', 'monitor'],
  ...['keymap', 'videoram', 'vncdisplay', 'vnclisten', 'vncpasswd', 'vncunused', 'vncconsole', 'display', 'xauthority'],
  ...['rtc_timeoffset', 'xen_extended_power_mgmt', 'xen_platform_pci', 'serial', 'soundhw', 'usbdevice', 'fda', 'fdb'],
  ...['vhpt', 'guest_os_type', 'hap', 'loader', 'device_model', 'boot'],
];

const DEVICE_KEYS = [
  'vnc',
  'sdl',
  'keymap',
  'opengl',
  'display',
  'other_config',
  'uname',
  'dev',
  'mode',
  'mac',
  'type',
];

function some(keys: readonly string[]): fc.Arbitrary<Record<string, Json>> {
  return fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 12 });
}

const device = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('vfb', 'vbd', 'tap', 'vif', 'console'), some(DEVICE_KEYS)) },
  { weight: 1, arbitrary: anything },
) as fc.Arbitrary<Json>;

const refs = fc.oneof(
  { weight: 5, arbitrary: fc.array(fc.constantFrom('a', 'b', 'c', 'nobody', '__proto__', 'constructor')) },
  { weight: 1, arbitrary: anything },
) as fc.Arbitrary<Json>;

const leaves = fc.oneof(
  fc.dictionary(
    fc.constantFrom('1', '4,1', '0x1', '', ' 7L ', '4,', '1,2,3', '-1'),
    fc.dictionary(fc.constantFrom('eax', 'ebx'), fc.constantFrom('x'.repeat(32), 'k'.repeat(32))),
  ),
  anything,
) as fc.Arbitrary<Json>;

const dictionary: fc.Arbitrary<Dict> = fc.record(
  {
    PV_kernel: anything,
    PV_args: anything,
    PV_ramdisk: anything,
    superpages: anything,
    platform: fc.oneof({ weight: 9, arbitrary: some(PLATFORM_KEYS) }, { weight: 1, arbitrary: anything }),
    console_refs: refs,
    vbd_refs: refs,
    vif_refs: refs,
    devices: fc.oneof(fc.record({ a: device, b: device, c: device }) as fc.Arbitrary<Json>, anything),
    cpuid: leaves,
    cpuid_check: leaves,
    _temp_using_bootloader: anything,
    _temp_kernel: anything,
    _temp_args: anything,
    _temp_ramdisk: anything,
  },
  { requiredKeys: [] },
);

const { registry, profile } = bench();

describe('any dictionary', () => {
  it('plans or is refused by code, and is the same afterwards', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        dictionary,
        fc.constantFrom('x86', 'ia64'),
        fc.constantFrom('linux', 'hvm'),
        fc.constantFrom('create' as const, 'restore' as const),
        (vmConfig, arch, imageType, purpose) => {
          const input = frozen({ ...guest({ arch, imageType }), vmConfig });
          const reading = readDictionary(input, purpose);
          if (reading.refusal !== undefined) {
            refused++;
            expect(reading.refusal.error.code).toMatch(/^XEND_[A-Z_]+$/);
            expect(reading.refusal.error.message).not.toBe('');
          }
          try {
            const plan = planImage({ registry, profile, reading, host: hostFacts(arch, input.host) });
            expect(plan.actions.configure.at(-1)?.kind === 'refuse').toBe(reading.refusal?.step === 'configure');
          } catch (error) {
            if (!isXenImageError(error)) throw error;
          }
        },
      ),
      { numRuns: 600 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('has one zero, as Python does', () => {
    const { config } = readDictionary(guest({ imageType: 'hvm', platform: { acpi: -0, rtc_timeoffset: '-0' } }));
    expect(Object.is(config.platform.acpi, -0)).toBe(false);
    expect(Object.is(config.clock.configuredOffset.value, -0)).toBe(false);
  });

  it('gives a configuration that is plain data and holds no text from nowhere', () => {
    fc.assert(
      fc.property(some(PLATFORM_KEYS), (platform) => {
        const { config } = readDictionary(guest({ imageType: 'hvm', platform }));
        expect(JSON.parse(JSON.stringify(config))).toEqual(config);
        expect(JSON.stringify(config)).not.toMatch(/undefined|\[object/);
      }),
      { numRuns: 300 },
    );
  });
});
