import { describe, expect, it } from '@jest/globals';
import { SECTION_ORDER } from '@xen-image/core/plugin';
import { readDictionary, type Purpose } from '../../src/dictionary/read.js';
import type { CaseInput } from '../../src/replay/case.js';
import { devices, hvm, pv } from '../support/guest.js';

function refusalOf(guest: CaseInput, purpose?: Purpose) {
  const { refusal } = readDictionary(guest, purpose);
  return refusal === undefined ? undefined : [refusal.step, refusal.after, refusal.error.code];
}

const BAD = 'XEND_CONFIG_VALUE';
const TYPE = 'XEND_CONFIG_TYPE';
const MISSING = 'XEND_CONFIG_MISSING';

/** The original's order of evaluation for an HVM guest: a problem at each point, and where it shows itself. */
const HVM_PROBLEMS: readonly (readonly [what: string, guest: Parameters<typeof hvm>[0], where: readonly unknown[]])[] =
  [
    ['no command line', { config: { PV_args: undefined } }, ['configure', null, MISSING]],
    ['a ramdisk that is a list', { config: { PV_ramdisk: ['/a'] } }, ['configure', null, TYPE]],
    ['vncconsole', { platform: { vncconsole: 'x' } }, ['configure', 'image', BAD]],
    ['power management', { platform: { xen_extended_power_mgmt: 'acpi' } }, ['configure', 'image', BAD]],
    ['nographic', { platform: { nographic: '' } }, ['configure', 'power-management', BAD]],
    ['vnc', { platform: { vnc: 'yes' } }, ['configure', 'power-management', BAD]],
    ['sdl', { platform: { sdl: null } }, ['configure', 'power-management', TYPE]],
    ['no consoles', { config: { console_refs: undefined } }, ['configure', 'power-management', MISSING]],
    ['a dangling console', { config: { console_refs: ['nobody'] } }, ['configure', 'power-management', MISSING]],
    [
      'a password that no store holds',
      { platform: { vnc: 1, vncpasswd: true } },
      ['configure', 'power-management', TYPE],
    ],
    ['the VNC display', { platform: { vnc: 1, vncdisplay: 'one' } }, ['configure', 'display', BAD]],
    ['vncunused', { platform: { vnc: 1, vncunused: 'no' } }, ['configure', 'display', BAD]],
    [
      'a relative floppy',
      { platform: { fda: 'a.img' } },
      ['configure', 'power-management', 'XEND_FLOPPY_NOT_ABSOLUTE'],
    ],
    ['serial', { platform: { serial: 5 } }, ['configure', 'power-management', TYPE]],
    ['no disks', { config: { vbd_refs: undefined } }, ['configure', 'disks', MISSING]],
    ['a nic without MAC', { config: devices('vif_refs', ['vif', {}]) }, ['configure', 'disks', 'XEND_NIC_WITHOUT_MAC']],
    ['the time offset', { platform: { rtc_timeoffset: 'noon' } }, ['configure', 'nics', BAD]],
    ['the platform device', { platform: { xen_platform_pci: 'off' } }, ['configure', 'capability', BAD]],
    ['a keymap that cannot be joined', { platform: { keymap: 7 } }, ['configure', 'capability', TYPE]],
    ['a device model that no store holds', { platform: { device_model: true } }, ['configure', 'capability', TYPE]],
    [
      'a time offset that no store holds',
      { platform: { rtc_timeoffset: true } },
      ['configure', 'platform-device', TYPE],
    ],
    ['apic', { platform: { apic: 'on' } }, ['configure', 'rtc', BAD]],
    ['acpi', { platform: { acpi: '1.0' } }, ['configure', 'rtc', BAD]],
    ['pae', { platform: { pae: 'yes' } }, ['configure', 'rtc', BAD]],
    ['the video RAM', { platform: { videoram: 'big' } }, ['configure', 'rtc', BAD]],
    ['a command line without length', { config: { PV_args: null } }, ['beforeBuild', 'files', TYPE]],
    ['a loader that is no path', { platform: { loader: 5 } }, ['beforeBuild', 'os-type', TYPE]],
    ['a CPUID leaf', { config: { cpuid: { '0x1': {} } } }, ['afterBuild', 'cpuid', BAD]],
    ['a CPUID check', { config: { cpuid_check: { '': {} } } }, ['afterBuild', 'cpuid', BAD]],
  ];

describe('the first problem in the original’s order', () => {
  it.each(HVM_PROBLEMS)('of an HVM guest, %s, is placed', (_, options, where) => {
    expect(refusalOf(hvm(options))).toEqual(where);
  });

  it('is the one that counts: each of an HVM guest’s before all after it', () => {
    for (const [index, [, first, where]] of HVM_PROBLEMS.entries()) {
      for (const [, second] of HVM_PROBLEMS.slice(index + 1)) {
        const merged = {
          config: { ...second?.config, ...first?.config },
          platform: { ...second?.platform, ...first?.platform },
        };
        expect(refusalOf(hvm(merged))).toEqual(where);
      }
    }
  });

  it.each([
    ['the video RAM', { platform: { videoram: '' } }, ['configure', 'clock', BAD]],
    ['a null kernel', { config: { PV_kernel: null } }, ['configure', 'clock', TYPE]],
    ['no superpages', { config: { superpages: undefined } }, ['configure', 'clock', MISSING]],
    ['a ramdisk that is a number', { config: { PV_ramdisk: 5 } }, ['beforeBuild', 'files', TYPE]],
    ['a command line that is a number', { config: { PV_args: 5 } }, ['beforeBuild', 'files', TYPE]],
  ])('of a PV guest, %s, is placed', (_, options, where) => {
    expect(refusalOf(pv(options))).toEqual(where);
  });

  it.each([
    ['PV', pv({ arch: 'ia64', platform: { vhpt: 'x' } }), ['configure', 'clock', BAD]],
    ['HVM', hvm({ arch: 'ia64', platform: { vhpt: '' } }), ['configure', 'rtc', BAD]],
    ['HVM by its system', hvm({ arch: 'ia64', platform: { guest_os_type: 5 } }), ['beforeBuild', 'params', TYPE]],
  ])('of an ia64 %s guest is placed', (_, guest, where) => {
    expect(refusalOf(guest)).toEqual(where);
  });

  it('is not looked for where the original did not look', () => {
    expect(refusalOf(hvm({ arch: 'ia64', platform: { pae: 'yes' } }))).toBeUndefined();
    expect(refusalOf(hvm({ platform: { vhpt: 'x', guest_os_type: 5 } }))).toBeUndefined();
    expect(refusalOf(hvm({ config: { superpages: undefined, PV_kernel: null } }))).toBeUndefined();
    expect(refusalOf(pv({ platform: { apic: 'on', fda: 'a.img', serial: 5 } }))).toBeUndefined();
    expect(refusalOf(pv({ config: { vbd_refs: undefined, vif_refs: undefined } }))).toBeUndefined();
  });

  it('of the build is none of a guest that is restored, whose CPUID is read all the same', () => {
    const guest = pv({ config: { PV_args: null, cpuid: { '1': {}, x: {} } } });
    expect(refusalOf(guest)).toEqual(['beforeBuild', 'files', TYPE]);
    expect(refusalOf(guest, 'restore')).toEqual(['restore', 'cpuid', BAD]);
    expect(readDictionary(guest, 'restore').config.cpuid.set.map(({ key }) => key)).toEqual(['1']);
  });
});

describe('what was read before the problem', () => {
  it('is there: the password and the certificates of a bad display number', () => {
    const { config } = readDictionary(
      hvm({ platform: { vnc: 1, vncdisplay: 'one', vncpasswd: 'p' }, options: { vncTls: 1 } }),
    );
    expect(config.display.vnc).toMatchObject({ password: { value: 'p' }, tls: { verify: false } });
  });

  it('is there: the disks before a dangling one', () => {
    const first = devices('vbd_refs', ['vbd', { uname: 'file:/srv/a.img' }]);
    const { config, refusal } = readDictionary(hvm({ config: { ...first, vbd_refs: ['vbd_refs-0', 'nobody'] } }));
    expect(config.disks.map(({ requiredFile }) => requiredFile)).toEqual(['/srv/a.img']);
    expect(refusal).toMatchObject({ after: 'disks', error: { code: MISSING } });
  });

  it('is there: the leaves before a bad one', () => {
    const { config } = readDictionary(pv({ config: { cpuid: { '1': {}, x: {}, y: {} }, cpuid_check: { '2': {} } } }));
    expect(config.cpuid.set.map(({ key }) => key)).toEqual(['1']);
    expect(config.cpuid.check).toEqual([]);
  });
});

describe('a refusal', () => {
  it('names a section that core knows', () => {
    for (const [, , [step, after]] of HVM_PROBLEMS) {
      if (after === null) continue;
      expect(SECTION_ORDER[step as keyof typeof SECTION_ORDER]).toContain(after);
    }
  });

  it('says what is wrong with which value, and what to do', () => {
    expect(readDictionary(pv({ platform: { vnc: 'yes' } })).refusal?.error).toEqual({
      code: 'XEND_CONFIG_VALUE',
      message: "vnc is 'yes', and a whole number in decimal is due",
      hint: 'Give vnc as a whole number in decimal, or leave it out.',
    });
  });

  it('keeps the texts that were xend’s own', () => {
    expect(readDictionary(hvm({ platform: { fdb: './b' } })).refusal?.error.message).toBe(
      'Floppy file ./b does not exist.',
    );
    const config = devices('vif_refs', ['vif', { mac: null }]);
    expect(readDictionary(hvm({ config })).refusal?.error.message).toBe('MAC address not specified or generated.');
  });

  it('of a number beyond 2^53 comes only where the number is handed on', () => {
    const big = '99999999999999999999';
    expect(refusalOf(pv({ platform: { vnc: 1, vncdisplay: big } }))).toEqual([
      'configure',
      'display',
      'XEND_CONFIG_RANGE',
    ]);
    expect(refusalOf(pv({ platform: { vnc: big } }))).toBeUndefined();
  });
});
