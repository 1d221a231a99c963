import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readModern } from '../../../src/config/modern/read.js';
import { isXenImageError, type TextReaderInput } from '../../../src/plugin.js';
import { hostFacts } from '../../support/host.js';

const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';

function read(text: string, change: Partial<TextReaderInput> = {}) {
  return readModern({ text, host: hostFacts(), uuid: UUID, ...change });
}

const pv = (more = '') => `name = "web"\nmemory = 256\nkernel = "/boot/vmlinuz"\n${more}`;
const hvm = (more = '') => `name = "win"\nmemory = 1024\ntype = "hvm"\n${more}`;

describe('a key that is missing', () => {
  it('is looked for among those that are misspelled', () => {
    expect(() => read('name = "web"\nmemory = 64\nkernal = "/boot/vmlinuz"\n')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_MISSING',
        hint: 'add kernel = "…"; `kernal` is no option of xm or xl: is `kernel` meant?',
      }),
    );
    expect(() => read('nmae = "web"\nkernel = "/boot/vmlinuz"\n')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('is `name` meant?') }),
    );
    expect(() => read('name = "web"\nmemory = 64\n')).toThrow(expect.objectContaining({ hint: 'add kernel = "…"' }));
  });
});

describe('a VNC password', () => {
  const found = (password: string) => read(hvm(`vncpasswd = "${password}"`)).findings;

  it('is told to be cut where it is longer than the 8 bytes that count, without a word of it', () => {
    expect(found('12345678')).toEqual([]);
    for (const password of ['123456789', 'ääääa']) {
      const findings = found(password);
      expect(findings).toMatchObject([{ severity: 'warning', code: 'CONFIG_VNC_PASSWORD' }]);
      expect(JSON.stringify(findings)).not.toContain(password.slice(0, 5));
    }
  });
});

describe('the rights of the device model', () => {
  it.each([
    ['', {}, {}],
    ['dm_restrict = 1', {}, { restrict: true }],
    ['dm_restrict = 0', {}, { restrict: false }],
    ['dm_restrict = 1', { restrict: false }, { restrict: false }],
    ['device_model_user = "dm-win"', {}, { user: 'dm-win' }],
  ])('are %j, with %j, as %j', (text, change, rights) => {
    const { config, findings } = read(hvm(text), change);
    const { program: _program, extraArgs: _extraArgs, ...given } = config.deviceModel;
    expect(given).toEqual(rights);
    expect(findings).toEqual([]);
  });

  it.each(['', 'root'])('are no other’s where device_model_user = %j', (user) => {
    expect(() => read(hvm(`device_model_user = "${user}"`))).toThrow(expect.objectContaining({ code: 'CONFIG_VALUE' }));
  });

  it.each([
    ['keeps all', hvm('device_model_user = "dm"\ndm_restrict = 0')],
    ['serves a PV guest', pv('device_model_user = "dm"\nvfb = ["vnc=1"]')],
  ])('name a user in vain where it %s, which is told', (_what, text) => {
    expect(read(text).findings).toMatchObject([{ severity: 'warning', code: 'CONFIG_OPTION_UNUSED' }]);
  });
});

describe('a PV guest', () => {
  it('has xl’s defaults where the text is silent', () => {
    const { config, findings } = read(pv());
    expect(findings).toEqual([]);
    expect(config).toMatchObject({
      name: 'web',
      uuid: UUID,
      arch: 'x86',
      imageType: 'linux',
      vcpus: { maximum: 1, online: 1 },
      memory: { targetKib: 262144, maximumKib: 262144, shadowKib: 0 },
      display: { vnc: null, sdl: null },
      deviceModel: { program: null },
      onShutdown: { poweroff: 'destroy', reboot: 'restart', crash: 'destroy', watchdog: 'destroy' },
    });
  });

  it.each([
    ['cmdline = "a b"\nroot = "/dev/xvda1"', 'a b'],
    ['root = "/dev/xvda1"', 'root=/dev/xvda1'],
    ['root = "/dev/xvda1"\nextra = "ro 3"', 'root=/dev/xvda1 ro 3'],
    ['extra = "ro"', 'ro'],
    ['', ''],
  ])('puts its command line together: %j', (text, line) => {
    expect(read(pv(text)).config.boot.commandLine.value).toBe(line);
  });

  it('needs a kernel', () => {
    expect(() => read('name = "a"\nmemory = 64')).toThrow(expect.objectContaining({ code: 'CONFIG_MISSING' }));
    expect(() => read('name = "a"\nmemory = 64\nbootloader = "pygrub"')).toThrow(
      expect.objectContaining({ code: 'CONFIG_BOOTLOADER', position: expect.objectContaining({ line: 3 }) }),
    );
  });

  it('takes a bootloader’s result, whose files are to go', () => {
    const bootloader = { kernel: '/run/k', ramdisk: '/run/r', commandLine: 'quiet' };
    const { boot } = read('name = "a"\nmemory = 64\nbootloader = "pygrub"', { bootloader }).config;
    expect(boot).toMatchObject({
      kernel: { value: '/run/k' },
      ramdisk: { value: '/run/r' },
      commandLine: { value: 'quiet' },
      temporaryFiles: ['/run/k', '/run/r'],
    });
  });

  it('has a screen where a vfb asks for one', () => {
    const { config } = read(pv('vfb = ["type=vnc,vncdisplay=3,vncpasswd=secret"]'));
    expect(config.display.vnc).toMatchObject({ display: 3, listen: '127.0.0.1', password: { value: 'secret' } });
    expect(config.deviceModel.program).toBe('/usr/libexec/xen-qemu-system-i386');
  });

  it.each([
    ['phy:vg/a,xvda,w', '/dev/vg/a'],
    ['vg/a,raw,xvda,w', '/dev/vg/a'],
    ['/srv/a.img,raw,xvda,w', '/srv/a.img'],
    ['format=raw,vdev=xvda,access=rw,script=block-nbd,target=host:10809', 'host:10809'],
  ])('with the disk %s has it at %s', (spec, target) => {
    const { config } = read(`type = "hvm"\nname = "a"\nmemory = 64\ndisk = ["${spec}"]`);
    expect(config.disks).toMatchObject([{ target }]);
  });

  it('with disks or nics is told that nothing sets up their back ends', () => {
    const { findings } = read(pv('disk = ["/dev/vg/a,raw,xvda,w"]\nvif = ["bridge=br0"]'));
    expect(findings).toMatchObject([
      { severity: 'error', code: 'DEVICE_UNSUPPORTED', position: { line: 4 } },
      { severity: 'error', code: 'DEVICE_UNSUPPORTED', position: { line: 5 } },
    ]);
    const without = read(pv('disk = ["/dev/vg/a,raw,xvda,w"]\nvif = ["bridge=br0"]'), { withoutDevices: true });
    expect(without.findings).toEqual([]);
    expect(without.config).toMatchObject({ disks: [], nics: [] });
  });
});

describe('an HVM guest', () => {
  it('has VNC, a device model, a firmware and a card', () => {
    const { config } = read(hvm());
    expect(config).toMatchObject({
      imageType: 'hvm',
      boot: {
        kernel: { value: null },
        loader: '/usr/lib/xen-4.17/boot/hvmloader',
        order: 'cda',
        firmware: { kind: 'seabios' },
      },
      display: { vnc: { listen: '127.0.0.1', display: 0, findUnused: true, password: null } },
      platform: {
        acpi: true,
        apic: true,
        pae: true,
        hap: true,
        platformPci: true,
        vga: 'cirrus',
        videoRamMib: { value: 8 },
      },
      deviceModel: { program: '/usr/libexec/xen-qemu-system-i386' },
    });
  });

  it('of the xm era, whose kernel is its loader, is understood', () => {
    const { config } = read('name = "w"\nmemory = 64\nbuilder = "hvm"\nkernel = "/usr/lib/xen/boot/hvmloader"');
    expect(config.boot).toMatchObject({ kernel: { value: null }, loader: '/usr/lib/xen/boot/hvmloader' });
  });

  it('gives an interface without an address the same one each time, another for each place and guest', () => {
    const macs = (uuid: string) => read(hvm('vif = ["", "bridge=b"]'), { uuid }).config.nics.map(({ mac }) => mac);
    expect(macs(UUID)).toEqual(macs(UUID));
    const all = [...macs(UUID), ...macs('00000000-0000-4000-8000-000000000001')];
    expect(new Set(all).size).toBe(4);
    for (const mac of all) expect(mac).toMatch(/^00:16:3e:[0-7][0-9a-f](:[0-9a-f]{2}){2}$/);
  });

  it.each([
    ['stdvga = 1', 'stdvga', 16],
    ['vga = "stdvga"\nvideoram = 32', 'stdvga', 32],
    ['vga = "none"\nvideoram = 32', 'none', 0],
    ['videoram = 4', 'cirrus', 4],
  ])('%j has this card and memory', (text, vga, mib) => {
    expect(read(hvm(text)).config.platform).toMatchObject({ vga, videoRamMib: { value: mib } });
  });

  it('tells time by the zone where it is asked to', () => {
    expect(read(hvm('localtime = 1\nrtc_timeoffset = -60')).config.clock).toEqual({
      offsetSeconds: 3540,
      localtime: true,
      configuredOffset: { value: -60, spelling: -60 },
    });
  });

  it('takes CPUID in both spellings', () => {
    expect(read(hvm('cpuid = "host,sse3=0"')).config.cpuid.set).toMatchObject([
      { leaf: 1, masks: { ecx: `${'x'.repeat(31)}0` } },
    ]);
    expect(read(hvm(`cpuid = ["1:ecx=${'x'.repeat(31)}0"]`)).config.cpuid.set).toMatchObject([
      { leaf: 1, masks: { ecx: `${'x'.repeat(31)}0` } },
    ]);
  });
});

describe('what is wrong is told with its place', () => {
  it.each([
    ['memory = 0', 'CONFIG_VALUE'],
    ['memory = -5', 'CONFIG_VALUE'],
    ['memory = "NaN"', 'CONFIG_VALUE'],
    ['memory = 99999999999999999999', 'CONFIG_SYNTAX'],
    ['memory = 8589934592', 'CONFIG_VALUE'],
    ['maxmem = 10', 'CONFIG_VALUE'],
    ['vcpus = 0', 'CONFIG_VALUE'],
    ['vcpus = 4\nmaxvcpus = 2', 'CONFIG_VALUE'],
    ['vif = ["mac=nonsense"]', 'CONFIG_MAC'],
    ['name = "../etc"', 'CONFIG_NAME'],
    ['name = "a/b"', 'CONFIG_NAME'],
    ['name = "a\\nb"', 'CONFIG_NAME'],
    ['name = "a\\x00b"', undefined],
    ['type = "Hyper V"', 'CONFIG_VALUE'],
    ['on_crash = "explode"', 'CONFIG_VALUE'],
    ['device_model_version = "qemu-xen-traditional"', 'CONFIG_DEVICE_MODEL'],
  ])('%j', (text, code) => {
    let thrown: unknown;
    try {
      read(pv(text));
    } catch (error) {
      thrown = error;
    }
    expect(isXenImageError(thrown)).toBe(true);
    const error = thrown as { code: string; position?: { line: number } };
    if (code !== undefined) expect(error.code).toBe(code);
    expect(error.position?.line).toBeGreaterThan(0);
  });
});

it('reads any settings, or refuses them with a code', () => {
  const value = fc.oneof(
    fc.integer().map(String),
    fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text).replaceAll('\\u', 'u')),
    fc.constant('[]'),
    fc.constant('["x", 1]'),
  );
  const key = fc.constantFrom(
    ...'name memory maxmem vcpus maxvcpus type kernel vif disk vfb vga videoram cpuid boot serial bios uuid localtime rtc_timeoffset superpages'.split(
      ' ',
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value)), (settings) => {
      try {
        read(settings.map(([name, text]) => `${name} = ${text}`).join('\n'));
      } catch (error) {
        if (!isXenImageError(error)) throw error;
        expect(error.code).toMatch(/^CONFIG_/);
      }
    }),
    { numRuns: 500 },
  );
});
