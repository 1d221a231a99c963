import { describe, expect, it } from '@jest/globals';
import type { DeviceModelArg } from '@xen-image/core/plugin';
import fc from 'fast-check';
import { qemuXenTraditional } from '../../src/index.js';
import { disk, nic, pc, pv, vnc } from '../support/args.js';
import { readOption, valuesOf } from '../support/qemu-options.js';

const CREATE = { domid: 7, restore: false };

function displayed(...display: DeviceModelArg[]): string {
  return qemuXenTraditional.options(pc({ identity: [], display }), CREATE).join(' ');
}

function with2009(...devices: DeviceModelArg[]): string {
  return qemuXenTraditional.options(pc({ identity: [], devices }), CREATE).join(' ');
}

describe('qemu-xen-traditional', () => {
  it('speaks of a PC as image.py did', () => {
    const args = pc({
      display: [
        { arg: 'video-ram', sizeMib: { value: 8, spelling: '08' } },
        { arg: 'keymap', keymap: 'de' },
        vnc({ password: true, findUnused: true }),
      ],
      boot: [
        { arg: 'vcpus', online: 1, maximum: 2 },
        { arg: 'direct-boot', kernel: '', ramdisk: null, commandLine: '' },
        { arg: 'boot-order', order: 'cda' },
      ],
      devices: [
        { arg: 'floppy', drive: 'a', path: '/a.img' },
        { arg: 'floppy', drive: 'b', path: '/b.img' },
        { arg: 'sound', model: 'sb16,es1370' },
        { arg: 'switch', name: 'localtime' },
        { arg: 'serial', target: 'pty' },
        { arg: 'vga', card: 'stdvga', ramMib: 8 },
        { arg: 'switch', name: 'std-vga' },
        { arg: 'switch', name: 'isa' },
        { arg: 'switch', name: 'acpi' },
        { arg: 'switch', name: 'usb' },
        { arg: 'usb-device', device: 'tablet' },
        nic(),
        nic({ index: 1, devid: 3, model: 'e1000', bridge: 'br7' }),
        disk(),
      ],
    });
    expect(qemuXenTraditional.argv(args, CREATE)).toEqual([
      ...['-d', '7', '-domain-name', 'guest7', '-videoram', '08', '-k', 'de'],
      ...['-vnc', '127.0.0.1:1,password', '-vncunused'],
      ...['-vcpus', '2', '-boot', 'cda', '-fda', '/a.img', '-fdb', '/b.img', '-soundhw', 'sb16,es1370'],
      ...['-localtime', '-serial', 'pty', '-std-vga', '-isa', '-acpi', '-usb', '-usbdevice', 'tablet'],
      ...['-net', 'nic,vlan=1,macaddr=00:16:3e:00:00:01,model=rtl8139'],
      ...['-net', 'tap,vlan=1,ifname=tap7.0,bridge=xenbr0'],
      ...['-net', 'nic,vlan=2,macaddr=00:16:3e:00:00:01,model=e1000'],
      ...['-net', 'tap,vlan=2,ifname=tap7.1,bridge=br7'],
      ...['-M', 'xenfv'],
    ]);
  });

  it('loads the saved state of a PC after the machine and before the memory', () => {
    const args = pc({ memory: [{ arg: 'memory', sizeMib: 512 }] });
    expect(qemuXenTraditional.argv(args, { domid: 7, restore: true }).join(' ')).toBe(
      '-d 7 -domain-name guest7 -M xenfv -loadvm /var/lib/xen/qemu-save.7 -m 512',
    );
    expect(qemuXenTraditional.argv(args, CREATE).join(' ')).toBe('-d 7 -domain-name guest7 -M xenfv -m 512');
  });

  it('speaks of a PV guest the same, restored or not', () => {
    const args = pv({ display: [{ arg: 'nographic', asked: false }], devices: [{ arg: 'serial', target: 'pty' }] });
    const argv = '-d 7 -domain-name guest7 -nographic -serial pty -M xenpv';
    expect(qemuXenTraditional.argv(args, CREATE).join(' ')).toBe(argv);
    expect(qemuXenTraditional.argv(args, { domid: 7, restore: true }).join(' ')).toBe(argv);
  });

  it.each([
    [{ kernel: '/k', ramdisk: '/r', commandLine: 'quiet x' }, ['-kernel', '/k', '-initrd', '/r', '-append', 'quiet x']],
    [{ kernel: null, ramdisk: '', commandLine: 'quiet' }, ['-append', 'quiet']],
    [{ kernel: '/k', ramdisk: null, commandLine: '' }, ['-kernel', '/k']],
  ])('boots %j directly', (boot, argv) => {
    const args = pc({ identity: [], boot: [{ arg: 'direct-boot', ...boot }] });
    expect(qemuXenTraditional.options(args, CREATE)).toEqual(argv);
  });

  it('has its display spelled with TLS and a monitor', () => {
    const tls = { certificateDirectory: '/etc/xen/vnc', verify: false };
    expect(displayed(vnc({ tls }), { arg: 'monitor' })).toBe('-vnc 127.0.0.1:1,tls,x509=/etc/xen/vnc -monitor vc');
    expect(displayed(vnc({ password: true, findUnused: true, tls: { ...tls, verify: true } }))).toBe(
      '-vnc 127.0.0.1:1,password,tls,x509verify=/etc/xen/vnc -vncunused',
    );
    expect(displayed({ arg: 'sdl', opengl: true })).toBe('-sdl');
    expect(displayed({ arg: 'sdl', opengl: false })).toBe('-sdl -disable-opengl');
    expect(displayed({ arg: 'nographic', asked: true })).toBe('-nographic');
  });

  it('passes over what it finds by itself', () => {
    expect(
      with2009(
        disk(),
        { arg: 'vga', card: 'cirrus', ramMib: 4 },
        { arg: 'switch', name: 'no-acpi' },
        { arg: 'no-nic' },
      ),
    ).toBe('-net none');
  });

  it('leaves identity, machine, memory and state out of the options that are recorded', () => {
    const args = pc({ memory: [{ arg: 'memory', sizeMib: 5 }], machine: [{ arg: 'extra', text: '-s' }] });
    expect(qemuXenTraditional.options(args, { domid: 7, restore: true })).toEqual(['-domain-name', 'guest7']);
    expect(qemuXenTraditional.argv(args, CREATE)).toContain('-s');
  });

  it('has nothing to wait for and no environment of its own', () => {
    expect(qemuXenTraditional.readiness).toBe('process');
    expect(qemuXenTraditional.environment(CREATE)).toEqual({});
  });

  it('can be shown before the domid is known', () => {
    expect(qemuXenTraditional.argv(pc({ devices: [nic()] }), { domid: '<domid>', restore: true }).join(' ')).toBe(
      '-d <domid> -domain-name guest7 -net nic,vlan=1,macaddr=00:16:3e:00:00:01,model=rtl8139 ' +
        '-net tap,vlan=1,ifname=tap<domid>.0,bridge=xenbr0 -M xenfv -loadvm /var/lib/xen/qemu-save.<domid>',
    );
  });
});

describe('values that reach qemu-xen-traditional', () => {
  it('stay what they are in -net', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (bridge, model) => {
        fc.pre(!`${bridge}${model}`.includes('\0'));
        const argv = qemuXenTraditional.argv(pc({ devices: [nic({ bridge, model })] }), CREATE);
        const [card, tap] = valuesOf(argv, '-net').map((text) => readOption(text, 'kind'));
        expect([...tap!.keys()]).toEqual(['kind', 'vlan', 'ifname', 'bridge']);
        expect(tap!.get('bridge')).toBe(bridge);
        expect(card!.get('model')).toBe(model);
      }),
    );
  });

  it.each([
    ['an address', { listen: '0.0.0.0,password' }, 'the address VNC listens on'],
    ['a directory', { tls: { certificateDirectory: '/a,b', verify: true } }, 'the directory of certificates'],
  ])('cannot have a comma in %s', (_, change, what) => {
    expect(() => displayed(vnc(change))).toThrow(
      expect.objectContaining({
        code: 'DEVICE_MODEL_ARG_UNSUPPORTED',
        message: expect.stringContaining(`qemu-xen-traditional cannot have a comma in ${what}`),
      }),
    );
  });

  it('cannot have a NUL', () => {
    const args = pc({ identity: [{ arg: 'domain-name', name: 'a\0b' }] });
    expect(() => qemuXenTraditional.argv(args, CREATE)).toThrow(
      expect.objectContaining({
        code: 'DEVICE_MODEL_ARG_INVALID',
        message: `the value "a\\u0000b" for qemu-xen-traditional's option -domain-name has a NUL in it`,
        data: { dialect: 'qemu-xen-traditional', option: '-domain-name' },
      }),
    );
    expect(() => qemuXenTraditional.options(args, CREATE)).toThrow(
      expect.objectContaining({ code: 'DEVICE_MODEL_ARG_INVALID' }),
    );
  });
});
