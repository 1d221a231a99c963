import { describe, expect, it } from '@jest/globals';
import { hostFacts } from '../../src/dictionary/host.js';
import { readDictionary } from '../../src/dictionary/read.js';
import { devices, frozen, hvm, pv } from '../support/guest.js';

describe('a plain PV guest', () => {
  const { config, refusal } = readDictionary(pv());

  it('is read without a refusal', () => {
    expect(refusal).toBeUndefined();
  });

  it('has what it runs first, with spellings', () => {
    expect(config.boot).toEqual({
      kernel: { value: '/boot/vmlinuz', spelling: '/boot/vmlinuz' },
      ramdisk: { value: '/boot/initrd', spelling: '/boot/initrd' },
      commandLine: { value: 'root=/dev/xvda1 ro', spelling: 'root=/dev/xvda1 ro' },
      temporaryFiles: [],
      features: '',
      extents: { value: 'best', spelling: 0 },
      order: null,
      loader: null,
      firmware: null,
    });
  });

  it('has memory, vcpus and identity from the VM object', () => {
    expect(config).toMatchObject({
      name: 'guest7',
      uuid: '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01',
      arch: 'x86',
      imageType: 'linux',
      vcpus: { maximum: 2, online: 2 },
      memory: { targetKib: 262144, maximumKib: 524288, shadowKib: 0 },
    });
  });

  it('has no device model and nothing that shows its screen', () => {
    expect(config.deviceModel.program).toBeNull();
    expect(config.display).toMatchObject({ disabled: false, vnc: null, sdl: null, keymap: null, monitor: false });
    expect(config.platform.videoRamMib).toEqual({ value: 4, spelling: '4' });
  });
});

describe('the bootloader', () => {
  const files = { _temp_kernel: '/run/k', _temp_args: 'quiet', _temp_ramdisk: '/run/r' };

  it.each([['1'], ['0'], [''], [null], [false], [0]])('is in use whatever its flag says: %j', (flag) => {
    const { boot } = readDictionary(pv({ config: { _temp_using_bootloader: flag, ...files } })).config;
    expect(boot).toMatchObject({
      kernel: { value: '/run/k' },
      ramdisk: { value: '/run/r' },
      commandLine: { value: 'quiet' },
      temporaryFiles: ['/run/k', '/run/r'],
    });
  });

  it('is not in use without the flag, and its files are then nobody’s to remove', () => {
    const { boot } = readDictionary(pv({ config: files })).config;
    expect(boot.kernel.value).toBe('/boot/vmlinuz');
    expect(boot.temporaryFiles).toEqual([]);
  });

  it('leaves its files known even where its dictionary lacks a key', () => {
    const { config, refusal } = readDictionary(
      pv({ config: { _temp_using_bootloader: '1', ...files, _temp_args: undefined } }),
    );
    expect(refusal).toMatchObject({ step: 'configure', after: null, error: { code: 'XEND_CONFIG_MISSING' } });
    expect(config.boot.temporaryFiles).toEqual(['/run/k', '/run/r']);
  });

  it('passes over empty and absent files', () => {
    const { boot } = readDictionary(
      pv({ config: { _temp_using_bootloader: '1', ...files, _temp_kernel: '', _temp_ramdisk: null } }),
    ).config;
    expect(boot.temporaryFiles).toEqual([]);
  });
});

describe('spellings', () => {
  it.each([
    ['08', 8, '08'],
    [16, 16, '16'],
    [' 4 ', 4, ' 4 '],
    [true, 1, 'True'],
  ])('videoram %j is %d MiB, told as %j', (videoram, value, spelling) => {
    expect(readDictionary(pv({ platform: { videoram } })).config.platform.videoRamMib).toEqual({ value, spelling });
  });

  it.each([
    [60, 60, 60],
    [' +060 ', 60, ' +060 '],
    ['-1', -1, '-1'],
    [undefined, 0, null],
  ])('an offset of %j is %d seconds, recorded as %j', (offset, value, spelling) => {
    const { clock } = readDictionary(hvm({ platform: { rtc_timeoffset: offset } })).config;
    expect(clock.configuredOffset).toEqual({ value, spelling });
  });

  it.each([
    [0, 'best', 0],
    ['0', 'best', '0'],
    [1, 'all2M', 1],
    ['1', 'all2M', '1'],
    ['yes', 'best', 'yes'],
    [null, 'best', null],
    [true, 'all2M', 1],
  ])('superpages %j mean %s and are handed on as %j', (superpages, value, spelling) => {
    expect(readDictionary(pv({ config: { superpages } })).config.boot.extents).toEqual({ value, spelling });
  });

  it('of acpi, apic and pae are their numbers', () => {
    const { platform } = readDictionary(hvm({ platform: { acpi: 2, apic: ' 01', pae: '3' } })).config;
    expect(platform).toMatchObject({ acpi: 2, apic: 1, pae: 3 });
  });
});

describe('the clock', () => {
  const berlin = { timezoneWestSeconds: -3600, altzoneWestSeconds: -7200 };

  it.each([
    [0, 1, 3600],
    [1, 1, 7200],
    [1, '0', 7200],
    [1, 'no', 7200],
    [1, 0, 0],
    [1, '', 0],
    [1, null, 0],
    [1, [], 0],
  ])('with summer time %d and localtime %j is off by %d seconds', (isDst, localtime, offset) => {
    const guest = pv({ platform: { localtime }, clock: { ...berlin, isDst } });
    expect(readDictionary(guest).config.clock.offsetSeconds).toBe(offset);
  });

  it('adds the configured offset to the zone’s', () => {
    const guest = hvm({ platform: { localtime: 1, rtc_timeoffset: '-3600' }, clock: berlin });
    expect(readDictionary(guest).config.clock.offsetSeconds).toBe(0);
  });

  it('tells the device model of local time by the number alone', () => {
    const told = (localtime: string | number) =>
      readDictionary(hvm({ platform: { localtime } })).config.clock.localtime;
    expect([told(1), told('2'), told('0'), told('yes')]).toEqual([true, true, false, false]);
  });
});

describe('VNC settings', () => {
  const vfb = (info: Parameters<typeof devices>[1][1]) => devices('console_refs', ['vfb', info]);

  it('are the platform’s where no frame buffer has any', () => {
    const { display } = readDictionary(
      pv({
        platform: { vnc: 1, vncdisplay: ' 07', vnclisten: '0.0.0.0', vncunused: '0', vncpasswd: 'pw' },
        config: vfb({ vncdisplay: 3, vncpasswd: 'direct' }),
      }),
    ).config;
    expect(display.vnc).toEqual({
      listen: '0.0.0.0',
      display: 7,
      findUnused: false,
      password: { value: 'pw', spelling: 'pw' },
      tls: null,
    });
  });

  it('are the frame buffer’s where it has any, and then none of the platform’s', () => {
    const { display } = readDictionary(
      pv({
        platform: { vnc: 1, vncdisplay: 5, vncpasswd: 'plat', vncunused: 0 },
        config: vfb({ other_config: { vnclisten: '10.0.0.1' } }),
        options: { vncpasswd: 'hostpw' },
      }),
    ).config;
    expect(display.vnc).toMatchObject({
      listen: '10.0.0.1',
      display: 0,
      findUnused: true,
      password: { value: 'hostpw' },
    });
  });

  it('of an empty other_config are the platform’s, and the dictionary stays as it was', () => {
    const guest = frozen(pv({ platform: { vnc: 1, vncdisplay: 9 }, config: vfb({ other_config: {} }) }));
    expect(readDictionary(guest).config.display.vnc?.display).toBe(9);
    expect(guest.vmConfig['devices']).toEqual({ 'console_refs-0': ['vfb', { other_config: {} }] });
  });

  it.each([
    ['', null],
    [null, null],
    [0, null],
    ['0', { value: '0', spelling: '0' }],
    [1234, { value: '1234', spelling: 1234 }],
  ])('with the password %j hide the host’s', (vncpasswd, password) => {
    const guest = pv({ platform: { vnc: 1, vncpasswd }, options: { vncpasswd: 'hostpw' } });
    expect(readDictionary(guest).config.display.vnc?.password).toEqual(password);
  });

  it.each([
    ['0', 0, { certificateDirectory: '/etc/xen/vnc', verify: false }],
    [1, '0', { certificateDirectory: '/etc/xen/vnc', verify: true }],
    ['', 1, null],
    [0, 1, null],
  ])('with TLS %j and verification %j have %j', (vncTls, vncX509Verify, tls) => {
    const guest = pv({ platform: { vnc: 1 }, options: { vncTls, vncX509Verify } });
    expect(readDictionary(guest).config.display.vnc?.tls).toEqual(tls);
  });
});

describe('the frame buffer', () => {
  it('is the first console of class vfb, though it shows nothing', () => {
    const config = devices(
      'console_refs',
      ['console', { protocol: 'rfb', vnc: 1 }],
      ['vfb', { keymap: 'de' }],
      ['vfb', { vnc: 1, keymap: 'fr' }],
    );
    const { display } = readDictionary(pv({ config })).config;
    expect(display).toMatchObject({ vnc: null, sdl: null, keymap: 'de' });
  });

  it('turns VNC and SDL on and never off', () => {
    const on = readDictionary(pv({ config: devices('console_refs', ['vfb', { vnc: '1', sdl: 1 }]) })).config.display;
    expect([on.vnc === null, on.sdl === null]).toEqual([false, false]);
    const off = devices('console_refs', ['vfb', { vnc: 0, sdl: '0' }]);
    const still = readDictionary(pv({ platform: { vnc: 1, sdl: 1 }, config: off })).config.display;
    expect([still.vnc === null, still.sdl === null]).toEqual([false, false]);
  });

  it('names the X display only with SDL on', () => {
    const config = devices('console_refs', ['vfb', { vnc: 1, display: ':7', xauthority: '/v' }]);
    expect(readDictionary(pv({ platform: { display: ':1' }, config })).config.display.xDisplay).toBe(':1');
    const withSdl = readDictionary(pv({ platform: { display: ':1', sdl: 1 }, config })).config.display;
    expect([withSdl.xDisplay, withSdl.xauthority]).toEqual([':7', '/v']);
  });

  it.each([
    [undefined, undefined, true],
    [0, undefined, false],
    ['2', undefined, false],
    [1, 0, false],
    [0, ' 1', true],
  ])('with opengl %j, and %j on the platform, uses it: %j', (own, platform, opengl) => {
    const info = { sdl: 1, ...(own === undefined ? {} : { opengl: own }) };
    const config = devices('console_refs', ['vfb', info]);
    expect(readDictionary(pv({ platform: { opengl: platform }, config })).config.display.sdl).toEqual({ opengl });
  });

  it.each([
    ['de', 'de'],
    ['', null],
    [null, null],
  ])('with the keymap %j replaces the platform’s by %j', (keymap, used) => {
    const config = devices('console_refs', ['vfb', { keymap }]);
    expect(readDictionary(pv({ platform: { keymap: 'fr' }, config })).config.display.keymap).toBe(used);
  });
});

describe('nographic', () => {
  it('ends the reading of the screen: neither consoles nor VNC are looked at', () => {
    const { config, refusal } = readDictionary(
      pv({ platform: { nographic: '1', vnc: 'bad', videoram: 8 }, config: { console_refs: undefined } }),
    );
    expect(refusal).toBeUndefined();
    expect(config.display).toMatchObject({ disabled: true, vnc: null });
    expect(config.platform.videoRamMib.value).toBe(8);
  });
});

describe('options of an HVM guest', () => {
  it('are off where their value is no number', () => {
    const platform = { usb: 'on', isa: '1.0', stdvga: null, localtime: [1] };
    const { config } = readDictionary(hvm({ platform }));
    expect(config.platform).toMatchObject({ usb: false, isa: false, vga: 'cirrus' });
    expect(config.clock.localtime).toBe(false);
  });

  it.each([
    ['pty', ['pty']],
    ['', []],
    [
      ['', 'pty', null, 0, '/dev/ttyS1', 7],
      ['pty', '/dev/ttyS1', '7'],
    ],
    [[], []],
  ])('serial %j goes to %j', (serial, targets) => {
    expect(readDictionary(hvm({ platform: { serial } })).config.platform.serial).toEqual(targets);
  });

  it.each([
    ['0', '0'],
    [3, '3'],
    [0, null],
    ['', null],
    [undefined, null],
  ])('boot %j is the order %j', (boot, order) => {
    expect(readDictionary(hvm({ platform: { boot } })).config.boot.order).toBe(order);
  });

  it('are spelled as Python spells them', () => {
    const { platform } = readDictionary(hvm({ platform: { soundhw: true, usbdevice: ['a'] } })).config;
    expect(platform).toMatchObject({ sound: 'True', usbDevices: ["['a']"] });
  });
});

describe('disks', () => {
  it.each([
    ['file:/srv/a.img', '/srv/a.img'],
    ['file:/srv/a:b.img', '/srv/a:b.img'],
    ['tap:file:/srv/a.img', 'file:/srv/a.img'],
    ['phy:/dev/profile:1', '/dev/profile:1'],
    ['phy:/dev/vg/lv', null],
    ['tap:aio:/srv/a.img', null],
  ])('of the name %s need the file %j', (uname, requiredFile) => {
    const config = devices('vbd_refs', ['vbd', { uname, dev: 'hda', mode: 'w' }]);
    expect(readDictionary(hvm({ config })).config.disks[0]?.requiredFile).toBe(requiredFile);
  });

  it('have a target, a format and a name in the guest', () => {
    const config = devices(
      'vbd_refs',
      ['vbd', { uname: 'file:/srv/a:b.img', dev: 'ioemu:hda', mode: 'w' }],
      ['tap', { uname: 'tap:qcow:/srv/q.img', dev: 'xvdb', mode: 'r' }],
      ['vbd', { uname: '', dev: 'hdc:cdrom', mode: 'r' }],
    );
    expect(readDictionary(hvm({ config })).config.disks).toMatchObject([
      { target: '/srv/a:b.img', format: 'raw', vdev: 'hda', access: 'rw', cdrom: false },
      { target: '/srv/q.img', format: 'qcow', vdev: 'xvdb', access: 'ro', cdrom: false },
      { target: null, format: 'raw', vdev: 'hdc', access: 'ro', cdrom: true },
    ]);
  });

  it('of a PV guest need nothing, and what cannot be read of them is passed over', () => {
    const config = devices('vbd_refs', ['vbd', { uname: 'file:/gone', dev: 'xvda', mode: 'w' }]);
    const { config: read, refusal } = readDictionary(pv({ config: { ...config, vif_refs: ['nobody'] } }));
    expect(refusal).toBeUndefined();
    expect(read.disks).toMatchObject([{ target: '/gone', requiredFile: null }]);
    expect(read.nics).toEqual([]);
  });
});

describe('network interfaces', () => {
  it('are emulated where their type is ioemu or absent', () => {
    const config = devices(
      'vif_refs',
      ['vif', { mac: '00:16:3e:00:00:01' }],
      ['vif', { mac: '00:16:3e:00:00:02', type: 'ioemu', bridge: 'br1', model: 'e1000' }],
      ['vif', { type: 'netfront' }],
      ['vif', { type: '' }],
    );
    expect(readDictionary(hvm({ config })).config.nics).toEqual([
      { mac: '00:16:3e:00:00:01', bridge: 'xenbr0', model: 'rtl8139', type: 'emulated', script: null },
      { mac: '00:16:3e:00:00:02', bridge: 'br1', model: 'e1000', type: 'emulated', script: null },
      { mac: '', bridge: 'xenbr0', model: null, type: 'paravirtual', script: null },
      { mac: '', bridge: 'xenbr0', model: null, type: 'paravirtual', script: null },
    ]);
  });

  it('with a null bridge or model are told None', () => {
    const config = devices('vif_refs', ['vif', { mac: '', bridge: null, model: null }]);
    expect(readDictionary(hvm({ config })).config.nics[0]).toMatchObject({ mac: '', bridge: 'None', model: 'None' });
  });
});

describe('CPUID leaves', () => {
  const x = 'x'.repeat(32);

  it('are read in key order, with sub-leaves, blanks, signs and a trailing L', () => {
    const cpuid = { '1': { eax: x }, '4,1': { ebx: x }, ' 7 , 2 ': {}, '8l,9L': {}, '-1': {}, '4,1,2': {} };
    const leaves = readDictionary(pv({ config: { cpuid } })).config.cpuid.set;
    expect(leaves.map(({ key, leaf, subleaf }) => [key, leaf, subleaf])).toEqual([
      ['1', 1, null],
      ['4,1', 4, 1],
      [' 7 , 2 ', 7, 2],
      ['8l,9L', 8, 9],
      ['-1', -1, null],
      ['4,1,2', 4, null],
    ]);
  });

  it('are not looked at on ia64, where the maps stay as configured', () => {
    const cpuid = { '0x1': { eax: x } };
    const reading = readDictionary(pv({ arch: 'ia64', config: { cpuid } }));
    expect(reading.refusal).toBeUndefined();
    expect(reading.config.cpuid.set).toEqual([]);
    expect(reading.cpuidMaps.set).toBe(cpuid);
  });

  it('count as absent where they are null', () => {
    const reading = readDictionary(pv({ config: { cpuid: null, cpuid_check: null } }));
    expect(reading.cpuidMaps).toEqual({ set: undefined, check: undefined });
  });
});

describe('facts of the host', () => {
  it('are what xend’s options, clock and capabilities say', () => {
    const { arch, host } = pv({
      options: { vncTls: '0', vncX509Verify: '0', vncpasswd: '' },
      clock: { isDst: 1, altzoneWestSeconds: -7200 },
    });
    expect(hostFacts(arch, host)).toMatchObject({
      arch: 'x86',
      hypervisor: { version: null, capabilities: 'xen-3.0-x86_64 hvm-3.0-x86_64 ', hap: false },
      clock: { nowEpochSeconds: 1243328400, zoneOffsetSeconds: 7200 },
      options: { vncPassword: null, vncTls: { certificateDirectory: '/etc/xen/vnc', verify: true } },
    });
  });
});
