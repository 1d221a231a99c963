import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { isXenImageError, renderDeviceModel, Toolstack, type HostFacts, type Reading } from '@xen-image/core';
import { hostFacts } from '../../src/dictionary/host.js';
import { xendProfilePlugin } from '../../src/profile/plugin.js';
import { readXendText } from '../../src/text/read-text.js';
import { pv } from '../support/guest.js';
import { PLUGINS } from '../support/plugins.js';

const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';
const HOST = hostFacts('x86', pv().host);

function read(
  text: string,
  more: { arch?: string; host?: HostFacts; file?: string; withoutDevices?: boolean } = {},
): Reading {
  return readXendText({ text, uuid: UUID, host: HOST, ...more });
}

function linux(text: string): Reading {
  return read(`kernel = "/boot/vmlinuz"\n${text}`);
}

function hvm(text: string): Reading {
  return read(`builder = "hvm"\n${text}`);
}

/** The code and place of what a text is refused with. */
function refusal(text: string): unknown {
  try {
    read(text, { file: 'guest.cfg' });
  } catch (error) {
    if (!isXenImageError(error)) throw error;
    return [error.code, error.position?.line, error.position?.column];
  }
  return undefined;
}

describe('what xm took for granted', () => {
  it('of a guest that says nothing but its kernel', () => {
    const { config, refusal: none, findings } = read('kernel = "/boot/vmlinuz"', { file: '/etc/xen/web1' });
    expect(none).toBeUndefined();
    expect(findings).toEqual([]);
    expect(config).toMatchObject({
      name: 'web1',
      uuid: UUID,
      arch: 'x86',
      imageType: 'linux',
      vcpus: { maximum: 1, online: 1 },
      memory: { targetKib: 131072, maximumKib: 131072, shadowKib: 0 },
      boot: { commandLine: { value: '' }, extents: { value: 'best', spelling: 0 } },
      deviceModel: { program: null },
      onShutdown: { poweroff: 'destroy', reboot: 'restart', crash: 'restart' },
    });
    expect(linux('').config.name).toBe('Domain-Unnamed');
  });

  it('of an HVM guest: ACPI, APIC, PAE and HAP on, the disk first, no screen', () => {
    const { config } = hvm('');
    expect(config.platform).toMatchObject({
      acpi: 1,
      apic: 1,
      pae: 1,
      hap: true,
      platformPci: true,
      guestOsType: 'default',
      videoRamMib: { value: 4, spelling: '4' },
    });
    expect(config.boot).toMatchObject({ order: 'c', loader: HOST.options.hvmloader, kernel: { value: '' } });
    expect(config.deviceModel.program).toBe('/usr/lib/xen/bin/qemu-dm');
    expect(config.display).toMatchObject({ vnc: null, sdl: null, disabled: false });
    expect(config.clock.configuredOffset).toEqual({ value: 0, spelling: 0 });
  });
});

describe('memory and processors', () => {
  it('are in MiB', () => {
    const { config } = linux('memory = 256\nmaxmem = 512\nshadow_memory = 8\nvcpus = 2\nmaxvcpus = 4');
    expect(config.memory).toEqual({ targetKib: 262144, maximumKib: 524288, shadowKib: 8192 });
    expect(config.vcpus.maximum).toBe(4);
  });

  it('cannot shrink below their start', () => {
    expect(refusal('kernel = "/k"\nmemory = 512\nmaxmem = 256')).toEqual(['CONFIG_VALUE', 3, 10]);
  });
});

describe('the command line', () => {
  it.each([
    ['extra = "quiet"', 'quiet'],
    ['root = "/dev/xvda1 ro"', 'root=/dev/xvda1 ro '],
    ['root = "root=/dev/xvda1"\nextra = "3"', 'root=/dev/xvda1 3'],
    ['root = "/dev/a"\nextra = "root=/dev/b"', 'root=/dev/b'],
    ['dhcp = "dhcp"', 'ip=:127.0.255.255::::eth0:dhcp '],
    [
      'ip = "10.0.0.2"\nnetmask = "255.0.0.0"\nhostname = "a"\nroot = "/dev/a"',
      'root=/dev/a ip=10.0.0.2:127.0.255.255::255.0.0.0:a:eth0:off ',
    ],
    ['dhcp = "dhcp"\nextra = "ip=off"', 'ip=off'],
    ['nfs_server = "10.0.0.1"\nnfs_root = "/srv/r"\nextra = "3"', 'nfsroot=10.0.0.1:/srv/r 3'],
    ['cmdline = "whole"\nroot = "/dev/a"', 'whole'],
  ])('of %j is %j', (text, commandLine) => {
    expect(linux(text).config.boot.commandLine.value).toBe(commandLine);
  });

  it('needs a server for an NFS root', () => {
    expect(refusal('kernel = "/k"\nnfs_root = "/srv/r"')).toEqual(['CONFIG_MISSING', 2, 12]);
  });
});

describe('what is booted', () => {
  it('is a path made absolute', () => {
    const { boot } = read('kernel = "/boot/../boot/vmlinuz"\nramdisk = "/boot//initrd"').config;
    expect([boot.kernel.value, boot.ramdisk.value]).toEqual(['/boot/vmlinuz', '/boot/initrd']);
  });

  it('must be named for a PV guest', () => {
    expect(refusal('memory = 64')).toEqual(['CONFIG_MISSING', undefined, undefined]);
    expect(refusal('bootloader = "pygrub"')).toEqual(['CONFIG_BOOTLOADER', 1, 14]);
  });

  it('comes from the bootloader where one was run', () => {
    const { boot } = readXendText({
      text: 'kernel = "/boot/vmlinuz"\nbootloader = "pygrub"',
      host: HOST,
      uuid: UUID,
      bootloader: { kernel: '/run/k', commandLine: 'quiet' },
    }).config;
    expect(boot).toMatchObject({
      kernel: { value: '/run/k' },
      ramdisk: { value: '' },
      commandLine: { value: 'quiet' },
      temporaryFiles: ['/run/k'],
    });
  });

  it('is the firmware where an HVM guest names a kernel and no loader', () => {
    const known = hvm('kernel = "/usr/lib/xen/boot/hvmloader"');
    expect(known.config.boot).toMatchObject({ loader: '/usr/lib/xen/boot/hvmloader', kernel: { value: '' } });
    expect(known.findings).toEqual([]);
    const odd = hvm('kernel = "/boot/vmlinuz"');
    expect(odd.config.boot.loader).toBe('/boot/vmlinuz');
    expect(odd.findings).toMatchObject([{ severity: 'warning', code: 'CONFIG_KERNEL_IS_LOADER' }]);
    const direct = hvm('kernel = "/boot/vmlinuz"\nloader = "/usr/lib/xen/boot/hvmloader"');
    expect(direct.config.boot).toMatchObject({
      loader: '/usr/lib/xen/boot/hvmloader',
      kernel: { value: '/boot/vmlinuz' },
    });
  });

  it.each([
    ['builder = "linux"', 'linux'],
    ['builder = "generic"', 'linux'],
    ['type = "pv"', 'linux'],
    ['type = "hvm"', 'hvm'],
    ['type = "acme"', 'acme'],
  ])('is of the type that %j names: %s', (text, imageType) => {
    expect(linux(text).config.imageType).toBe(imageType);
  });
});

describe('the screen', () => {
  it('of an HVM guest with VNC has a frame buffer with the platform’s settings', () => {
    const { display } = hvm('vnc = 1\nvncdisplay = 3\nvncpasswd = "pw"\nvnclisten = "0.0.0.0"').config;
    expect(display.vnc).toMatchObject({ display: 3, listen: '0.0.0.0', findUnused: true, password: { value: 'pw' } });
  });

  it('of a PV guest is its vfb, and brings a device model with it', () => {
    const { config } = linux('vfb = ["type=vnc,vncunused=0,vncdisplay=2,keymap=de"]');
    expect(config.display).toMatchObject({ vnc: { display: 2, findUnused: false }, keymap: 'de' });
    expect(config.deviceModel.program).toBe('/usr/lib/xen/bin/qemu-dm');
    expect(linux('vnc = 1').config.display.vnc).toBeNull();
  });

  it('with a vfb of its own is shown by that', () => {
    const { display } = hvm('vnc = 1\nvncdisplay = 3\nkeymap = "sv"\nvfb = ["sdl=1,vncdisplay=9"]').config;
    expect(display).toMatchObject({ vnc: { display: 9 }, sdl: { opengl: true }, keymap: 'sv' });
  });
});

describe('switches', () => {
  it('are numbers or their texts, and refused where xend refused them', () => {
    expect(hvm('usb = "1"\nisa = 0\nacpi = "0"').config.platform).toMatchObject({ usb: true, isa: false, acpi: 0 });
    expect(hvm('acpi = "yes"').refusal).toMatchObject({
      step: 'configure',
      after: 'rtc',
      error: { code: 'XEND_CONFIG_VALUE' },
    });
  });

  it('of local time move the clock of a PV guest too', () => {
    const host = { ...HOST, clock: { ...HOST.clock, zoneOffsetSeconds: 7200 } };
    const { clock } = read('kernel = "/k"\nlocaltime = 1', { host }).config;
    expect(clock.offsetSeconds).toBe(7200);
  });
});

describe('devices', () => {
  it('are those of xm’s spelling and of xl’s', () => {
    const { disks } = hvm('disk = ["file:/srv/a.img,hda,w", ",hdc:cdrom,r", "/dev/vg/lv,raw,hdb,ro"]').config;
    expect(disks).toMatchObject([
      { target: '/srv/a.img', vdev: 'hda', access: 'rw', requiredFile: '/srv/a.img' },
      { target: null, vdev: 'hdc', cdrom: true, requiredFile: null },
      { target: '/dev/vg/lv', vdev: 'hdb', access: 'ro', requiredFile: null },
    ]);
  });

  it('have a MAC address that stays with the guest where none is given', () => {
    const macs = () => hvm('vif = ["", "mac=00:16:3e:00:00:01,model=e1000", "type=netfront"]').config.nics;
    expect(macs()).toEqual(macs());
    expect(macs()).toMatchObject([
      { mac: expect.stringMatching(/^00:16:3e:/), type: 'emulated', bridge: 'xenbr0' },
      { mac: '00:16:3e:00:00:01', model: 'e1000' },
      { type: 'paravirtual', model: null },
    ]);
  });

  it('that need a back end are named, or left out where that is asked for', () => {
    const text = 'builder = "hvm"\ndisk = ["phy:/dev/a,hda,w"]\nvif = ["", "type=netfront"]';
    const { findings } = read(text);
    expect(findings.map(({ severity, code, position }) => [severity, code, position?.line, position?.column])).toEqual([
      ['error', 'DEVICE_UNSUPPORTED', 2, 9],
      ['error', 'DEVICE_UNSUPPORTED', 3, 12],
    ]);
    const without = read(text, { withoutDevices: true });
    expect(without.findings).toEqual([]);
    expect([without.config.disks, without.config.nics.length]).toEqual([[], 1]);
  });

  it('with a wrong specification are refused at their place', () => {
    expect(refusal('kernel = "/k"\nvif = ["mac=zz"]')?.toString()).toMatch(/^CONFIG_MAC,2,/);
    expect(refusal('kernel = "/k"\nvfb = ["vnx=1"]')?.toString()).toMatch(/^CONFIG_VFB,2,/);
  });
});

describe('CPUID', () => {
  it('is a list of leaves; hexadecimal numbers become decimal', () => {
    const { cpuid } = linux(`cpuid = ["0x80000001:ecx=0x1", "4,0:eax=${'x'.repeat(32)}"]`).config;
    expect(cpuid.set.map(({ key, leaf, subleaf }) => [key, leaf, subleaf])).toEqual(
      [
        ['2147483649', 2147483649, null],
        ['4,0', 4, 0],
      ].sort(),
    );
    expect(cpuid.set.find(({ leaf }) => leaf > 4)?.masks).toEqual({ ecx: `${'0'.repeat(31)}1` });
  });

  it('in xl’s one text is refused', () => {
    expect(refusal('kernel = "/k"\ncpuid = "host,tm=0"')).toEqual(['CONFIG_CPUID', 2, 9]);
  });
});

describe('the example guests', () => {
  const directory = fileURLToPath(new URL('../../../../examples/guests/', import.meta.url));
  const toolstack = new Toolstack({ plugins: [xendProfilePlugin, ...PLUGINS], profile: 'xend' });

  it.each(readdirSync(directory).filter((name) => name !== 'pv-bootloader.cfg' && name.endsWith('.cfg')))(
    '%s plans, with a command line for its device model',
    async (file) => {
      const arch = file.startsWith('ia64') ? 'ia64' : 'x86';
      const text = readFileSync(directory + file, 'utf8');
      const plan = await toolstack.plan({ text, file, arch, uuid: UUID }, { host: HOST });
      expect(plan.profile).toBe('xend');
      expect(plan.actions.configure.some(({ kind }) => kind === 'refuse')).toBe(false);
      const dialect = toolstack.registry.dialect('qemu-xen-traditional');
      const { argv } = renderDeviceModel(plan.deviceModel, dialect, { domid: 5, restore: false });
      expect(argv.slice(0, 4)).toEqual(['-d', '5', '-domain-name', plan.config.name]);
    },
  );
});
