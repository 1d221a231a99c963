import { describe, expect, it } from '@jest/globals';
import { hvmConfigure, linuxConfigure, type VncConfig } from '../../src/plugin.js';
import { hvmGuest, inputFor, pvGuest } from '../support/guest.js';
import { IN_2009, TODAY } from '../support/policies.js';

const VNC: VncConfig = { listen: '127.0.0.1', display: 0, findUnused: true, password: null, tls: null };

describe('configuring a PV guest', () => {
  it('records what is booted, as it was spelled', () => {
    const config = pvGuest({ boot: { ramdisk: { value: null, spelling: null } } });
    expect(linuxConfigure(config)).toEqual([
      {
        kind: 'record',
        section: 'image',
        group: 'image',
        facts: { ostype: 'linux', kernel: '/boot/vmlinuz', cmdline: 'root=/dev/xvda1 ro', ramdisk: null },
      },
    ]);
  });

  it.each([
    [null, []],
    [0, []],
    [2, [{ xen_extended_power_mgmt: 2 }]],
  ])('records power management %p as %p', (extendedPowerManagement, expected) => {
    const records = linuxConfigure(pvGuest({ platform: { extendedPowerManagement } }))
      .filter((action) => action.kind === 'record' && action.group === 'power-management')
      .map((action) => action.kind === 'record' && action.facts);
    expect(records).toEqual(expected);
  });

  it('sets a time offset that is none of zero', () => {
    const offset = { kind: 'set-time-offset', section: 'clock', offsetSeconds: -3600 };
    expect(linuxConfigure(pvGuest({ clock: { offsetSeconds: -3600 } }))).toContainEqual(offset);
    expect(linuxConfigure(pvGuest()).some((action) => action.kind === 'set-time-offset')).toBe(false);
  });
});

describe('the display of a guest', () => {
  const actionsFor = (vnc: VncConfig | null, disabled = false) =>
    linuxConfigure(pvGuest({ display: { vnc, disabled } })).filter((action) => action.section === 'display');

  it('has its password recorded before the certificates are looked for', () => {
    const password = { value: 'secret', spelling: 'secret' };
    const tls = { certificateDirectory: '/etc/xen/vnc', verify: false };
    expect(actionsFor({ ...VNC, password, tls })).toMatchObject([
      { kind: 'record', group: 'password', facts: { vncpasswd: 'secret' } },
      {
        kind: 'check-path',
        path: '/etc/xen/vnc',
        want: 'exists',
        error: { code: 'VNC_CERTIFICATES_MISSING', message: 'VNC x509 certificate dir /etc/xen/vnc does not exist' },
      },
    ]);
  });

  it('has nothing to record without a password', () => {
    expect(actionsFor(VNC)).toEqual([]);
    expect(actionsFor({ ...VNC, password: { value: '', spelling: '' } })).toEqual([]);
    expect(actionsFor(null)).toEqual([]);
  });

  it('is not looked at where it is turned off', () => {
    const tls = { certificateDirectory: '/etc/xen/vnc', verify: false };
    expect(actionsFor({ ...VNC, password: { value: 'p', spelling: 'p' }, tls }, true)).toEqual([]);
  });
});

describe('configuring an HVM guest', () => {
  it('asks for the capability after the clock and before the records of its device model', () => {
    const actions = hvmConfigure(inputFor(hvmGuest({ clock: { offsetSeconds: 60 } }), IN_2009));
    expect(actions.map(({ kind, section }) => [kind, section])).toEqual([
      ['record', 'image'],
      ['set-time-offset', 'clock'],
      ['require-capability', 'capability'],
      ['record', 'device-model'],
      ['record', 'platform-device'],
      ['record', 'rtc'],
    ]);
  });

  it('records its device model without the words for windows and ports of the host', () => {
    const [record] = hvmConfigure(inputFor(hvmGuest())).filter((action) => action.section === 'device-model');
    expect(record).toMatchObject({
      group: 'device-model',
      facts: {
        dmargs: {
          join: { ref: 'deviceModelOptions' },
          separator: ' ',
          without: ['-sdl', '-disable-opengl', '-serial', 'pty'],
        },
        'device-model': '/usr/lib/xen/bin/qemu-dm',
        display: '',
      },
    });
  });

  it('removes the record of a device model that it has none of', () => {
    const config = hvmGuest({ deviceModel: { program: null }, display: { xDisplay: ':1' } });
    const [record] = hvmConfigure(inputFor(config)).filter((action) => action.section === 'device-model');
    expect(record).toMatchObject({ facts: { 'device-model': null, display: ':1' } });
  });

  it.each([
    [true, 0],
    [false, 1],
  ])('with the platform device %p records disable_pf %d', (platformPci, disable_pf) => {
    const actions = hvmConfigure(inputFor(hvmGuest({ platform: { platformPci } })));
    expect(actions).toContainEqual({
      kind: 'record',
      section: 'platform-device',
      group: 'platform-device',
      facts: { disable_pf },
    });
  });

  it('records the configured clock offset as it was spelled', () => {
    const clock = { offsetSeconds: 7260, configuredOffset: { value: 60, spelling: ' 060' } };
    expect(hvmConfigure(inputFor(hvmGuest({ clock }))).at(-1)).toMatchObject({
      group: 'clock',
      facts: { 'rtc/timeoffset': ' 060' },
    });
  });

  it('looks for the files of disks, and for floppies where the policy has it so', () => {
    const disk = { format: 'raw', vdev: 'hda', access: 'rw', cdrom: false } as const;
    const config = hvmGuest({
      platform: { floppyA: '/srv/a.img', floppyB: '' },
      disks: [
        { ...disk, target: '/srv/d.img', requiredFile: '/srv/d.img' },
        { ...disk, target: '/dev/vg/e', requiredFile: null },
      ],
    });
    const paths = (policy = IN_2009) =>
      hvmConfigure(inputFor(config, policy))
        .filter((action) => action.kind === 'check-path')
        .map(({ section, path, want, error }) => [section, path, want, error.code, error.message]);
    const diskCheck = ['disks', '/srv/d.img', 'file', 'DISK_IMAGE_MISSING', 'Disk image does not exist: /srv/d.img'];
    expect(paths()).toEqual([diskCheck]);
    expect(paths(TODAY)).toEqual([
      ['floppies', '/srv/a.img', 'exists', 'FLOPPY_MISSING', 'Floppy file /srv/a.img does not exist.'],
      diskCheck,
    ]);
  });
});
