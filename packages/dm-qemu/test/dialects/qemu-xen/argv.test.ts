import { describe, expect, it } from '@jest/globals';
import type { DeviceModelArg } from '@xen-image/core/plugin';
import { qemuXen, qemuXenDialect, qmpSocketPath } from '../../../src/index.js';
import { disk, nic, pc, pv, vnc } from '../../support/args.js';

const CREATE = { domid: 7, restore: false };
const SOCKETS = [
  ...['-chardev', 'socket,id=libxl-cmd,path=/var/run/xen/qmp-libxl-7,server=on,wait=off'],
  ...['-mon', 'chardev=libxl-cmd,mode=control'],
  ...['-chardev', 'socket,id=libxenstat-cmd,path=/var/run/xen/qmp-libxenstat-7,server=on,wait=off'],
  ...['-mon', 'chardev=libxenstat-cmd,mode=control'],
];
const HEAD = ['-xen-domid', '7', '-no-shutdown', ...SOCKETS, '-nodefaults', '-no-user-config'];

function options(...devices: DeviceModelArg[]): string {
  return qemuXen.options(pc({ identity: [], devices }), CREATE).join(' ');
}

describe('qemu-xen', () => {
  it('speaks of a PC in the order of libxl', () => {
    const args = pc({
      display: [
        { arg: 'video-ram', sizeMib: { value: 16, spelling: 16 } },
        { arg: 'keymap', keymap: 'de' },
        vnc({ password: true, findUnused: true }),
        { arg: 'sdl', opengl: false },
      ],
      boot: [
        { arg: 'vcpus', online: 1, maximum: 2 },
        { arg: 'direct-boot', kernel: '/k', ramdisk: '/r', commandLine: 'console=ttyS0 quiet' },
        { arg: 'boot-order', order: 'cd' },
      ],
      devices: [
        { arg: 'sound', model: 'hda' },
        { arg: 'switch', name: 'localtime' },
        { arg: 'serial', target: 'pty' },
        { arg: 'serial', target: 'file:/log' },
        { arg: 'vga', card: 'stdvga', ramMib: 16 },
        { arg: 'switch', name: 'std-vga' },
        { arg: 'switch', name: 'no-acpi' },
        { arg: 'usb-device', device: 'tablet' },
        nic({ devid: 2 }),
        disk(),
        disk({ vdev: 'hdc', target: null, cdrom: true }),
        disk({ vdev: 'sda', target: '/srv/s.qcow2', format: 'qcow2', readOnly: true }),
      ],
      machine: [
        { arg: 'extra', text: '-s' },
        { arg: 'machine', machine: 'fv', platformPci: true },
      ],
      memory: [{ arg: 'memory', sizeMib: 240 }],
    });
    expect(qemuXen.argv(args, CREATE)).toEqual([
      ...HEAD,
      ...[
        '-name',
        'guest7',
        '-vnc',
        '127.0.0.1:1,password=on,to=99',
        '-display',
        'none',
        '-display',
        'sdl',
        '-k',
        'de',
      ],
      ...['-kernel', '/k', '-initrd', '/r', '-append', 'console=ttyS0 quiet'],
      ...['-device', 'lsi53c895a', '-serial', 'pty', '-serial', 'file:/log', '-device', 'VGA,vgamem_mb=16'],
      ...['-boot', 'order=cd', '-usb', '-usbdevice', 'tablet', '-device', 'intel-hda', '-device', 'hda-duplex'],
      ...['-no-acpi', '-smp', '1,maxcpus=2'],
      ...['-device', 'rtl8139,id=nic2,netdev=net2,mac=00:16:3e:00:00:01'],
      ...['-netdev', 'type=tap,id=net2,ifname=vif7.2-emu,br=xenbr0,script=no,downscript=no'],
      ...['-s', '-machine', 'xenfv,suppress-vmdesc=on', '-m', '240'],
      ...['-drive', 'file=/srv/d.img,if=ide,index=0,media=disk,format=raw,cache=writeback'],
      ...['-drive', 'if=none,readonly=on,id=ide-5632'],
      ...['-device', 'ide-cd,id=ide-5632,drive=ide-5632,bus=ide.1,unit=0'],
      '-drive',
      'file=/srv/s.qcow2,id=scsi0-hd0,format=qcow2,if=none,readonly=on,cache=writeback',
      ...['-device', 'scsi-hd,drive=scsi0-hd0,scsi-id=0'],
    ]);
  });

  it('spells the command line that booted a guest on Xen 4.17', () => {
    const args = pc({
      boot: [
        { arg: 'vcpus', online: 1, maximum: 1 },
        { arg: 'direct-boot', kernel: '/boot/vmlinuz', ramdisk: '/boot/guest.img', commandLine: 'console=ttyS0 quiet' },
        { arg: 'boot-order', order: 'cda' },
      ],
      devices: [
        { arg: 'serial', target: 'file:/run/out' },
        { arg: 'vga', card: 'cirrus', ramMib: 8 },
        { arg: 'switch', name: 'acpi' },
        { arg: 'no-nic' },
      ],
      memory: [{ arg: 'memory', sizeMib: 184 }],
    });
    expect(qemuXen.argv(args, CREATE).slice(HEAD.length).join(' ')).toBe(
      '-name guest7 -vnc none -display none -kernel /boot/vmlinuz -initrd /boot/guest.img -append console=ttyS0 quiet ' +
        '-serial file:/run/out -device cirrus-vga,vgamem_mb=8 -boot order=cda -net none ' +
        '-machine xenfv,suppress-vmdesc=on -m 184',
    );
  });

  it('adds to the file of a serial port, where it begins from the state of another, and empties it else', () => {
    const args = pc({ devices: ['pty', 'file:/a,b'].map((target) => ({ arg: 'serial', target })) });
    const serial = (restore: boolean) => {
      const argv = qemuXen
        .argv(args, { ...CREATE, restore })
        .slice(HEAD.length)
        .join(' ');
      return /-display none (.*) -machine/.exec(argv)?.[1];
    };
    expect(serial(false)).toBe('-serial pty -serial file:/a,b');
    expect(serial(true)).toBe(
      '-serial pty -chardev file,id=serial-file1,path=/a,,b,append=on -serial chardev:serial-file1 -incoming fd:3',
    );
  });

  it('attaches to a PV guest, which has no serial port', () => {
    const args = pv({
      display: [{ arg: 'nographic', asked: false }],
      devices: [{ arg: 'serial', target: 'pty' }],
      memory: [{ arg: 'memory', sizeMib: 512 }],
    });
    expect(qemuXen.argv(args, CREATE).slice(HEAD.length).join(' ')).toBe(
      '-xen-attach -name guest7 -vnc none -display none -nographic -machine xenpv -m 512',
    );
  });

  it('shows a PV guest’s screen without -nographic', () => {
    expect(qemuXen.options(pv({ identity: [], display: [vnc()] }), CREATE).join(' ')).toBe(
      '-xen-attach -vnc 127.0.0.1:1 -display none',
    );
  });

  it.each([
    [true, true],
    [false, false],
  ])('turns a PC’s screen off only where asked (%p)', (asked, expected) => {
    const argv = qemuXen.options(pc({ display: [{ arg: 'nographic', asked }] }), CREATE);
    expect(argv.includes('-nographic')).toBe(expected);
  });

  it.each([
    [{ kernel: null, ramdisk: '/r', commandLine: 'quiet' }, []],
    [{ kernel: '', ramdisk: null, commandLine: 'quiet' }, []],
    [{ kernel: '/k', ramdisk: '', commandLine: '' }, ['-kernel', '/k']],
  ])('boots %j directly', (boot, argv) => {
    const args = pc({ identity: [], boot: [{ arg: 'direct-boot', ...boot }] });
    expect(qemuXen.options(args, CREATE)).toEqual(['-vnc', 'none', '-display', 'none', ...argv]);
  });

  it('reads a restored guest’s state from a file descriptor', () => {
    const argv = qemuXen.argv(pc({ machine: [{ arg: 'extra', text: '-s' }] }), { domid: 7, restore: true });
    expect(argv.slice(-3)).toEqual(['-incoming', 'fd:3', '-s']);
    expect(qemuXen.argv(pv(), { domid: 7, restore: true })).not.toContain('-incoming');
  });

  it('gives its rights up where told to', () => {
    const restriction = {
      chroot: '/var/run/xen/qemu-root-7',
      user: '1007:1007',
      ownUser: true,
      sandbox: false,
      runWith: false,
    };
    const argv = qemuXen.argv(pc(), { ...CREATE, restriction });
    expect(argv.join(' ')).toMatch(
      / -xen-domid-restrict -chroot \/var\/run\/xen\/qemu-root-7 -machine .* -runas 1007:1007$/,
    );
    expect(qemuXen.argv(pc(), CREATE).join(' ')).not.toMatch(/restrict|chroot|runas|sandbox/);
    expect(qemuXen.argv(pc(), { ...CREATE, restriction: { ...restriction, sandbox: true } }).join(' ')).toMatch(
      / -xen-domid-restrict -sandbox on,obsolete=deny,elevateprivileges=allow,spawn=deny,resourcecontrol=deny -chroot /,
    );
    const later = qemuXen.argv(pc(), { ...CREATE, restriction: { ...restriction, chroot: '/a,b', runWith: true } });
    expect(later.join(' ')).toMatch(/ -xen-domid-restrict -run-with chroot=\/a,,b,user=1007:1007 /);
    expect(later.join(' ')).not.toMatch(/ -chroot| -runas/);
  });

  it.each([
    [{ platformPci: true }, 'xenfv,suppress-vmdesc=on'],
    [{ platformPci: false }, 'pc,accel=xen,suppress-vmdesc=on'],
    [{ platformPci: true, mmioHoleMib: 256 }, 'xenfv,suppress-vmdesc=on,max-ram-below-4g=4026531840'],
    [{ platformPci: true, mmioHoleMib: 1024 }, 'xenfv,suppress-vmdesc=on,max-ram-below-4g=3221225472'],
    [{ platformPci: true, mmioHoleMib: 128 }, 'xenfv,suppress-vmdesc=on'],
  ])('with %j is the machine %s', (machine, option) => {
    const args = pc({ machine: [{ arg: 'machine', machine: 'fv', ...machine }] });
    expect(qemuXen.argv(args, CREATE).slice(-2)).toEqual(['-machine', option]);
  });

  it('passes over what it has no need of', () => {
    const none = '-vnc none -display none';
    expect(options({ arg: 'switch', name: 'localtime' }, { arg: 'switch', name: 'acpi' })).toBe(none);
    expect(options({ arg: 'vga', card: 'none', ramMib: 0 })).toBe(none);
    expect(
      qemuXen.options(pc({ identity: [], boot: [{ arg: 'vcpus', online: 1, maximum: 1 }] }), CREATE).join(' '),
    ).toBe(none);
  });

  it.each<[DeviceModelArg, string]>([
    [{ arg: 'floppy', drive: 'a', path: '/a' }, 'qemu-xen cannot have a floppy drive (fda)'],
    [{ arg: 'sound', model: 'vfio-pci' }, 'qemu-xen cannot have a sound card called vfio-pci'],
    [{ arg: 'sound', model: 'sb16,es1370' }, 'qemu-xen cannot have a sound card called sb16,es1370'],
    [{ arg: 'switch', name: 'isa' }, 'qemu-xen cannot have a PC with ISA alone'],
    [{ arg: 'monitor' }, 'qemu-xen cannot have its monitor on a virtual console'],
  ])('refuses %j', (arg, message) => {
    const refused = expect.objectContaining({
      code: 'DEVICE_MODEL_ARG_UNSUPPORTED',
      phase: 'plan',
      message: expect.stringContaining(message),
      hint: expect.any(String),
      data: { dialect: 'qemu-xen', arg: arg.arg },
    });
    expect(() => options(arg)).toThrow(refused);
    expect(() => qemuXen.argv(pc({ devices: [arg] }), CREATE)).toThrow(refused);
    expect(() => qemuXen.argv(pc({ display: [arg] }), CREATE)).toThrow(refused);
  });

  it('has USB without devices', () => {
    expect(options({ arg: 'switch', name: 'usb' })).toBe('-vnc none -display none -usb');
  });

  it.each(['ac97', 'adlib', 'cs4231a', 'es1370', 'gus', 'sb16'])('has the sound card %s', (model) => {
    expect(options({ arg: 'sound', model })).toBe(`-vnc none -display none -device ${model}`);
  });

  it('is ready when xenstore says so, and needs to know its domain', () => {
    expect(qemuXen.readiness).toBe('xenstore');
    expect(qemuXen.environment(CREATE)).toEqual({ XEN_DOMAIN_ID: '7', XEN_QEMU_CONSOLE_LIMIT: '1048576' });
  });

  it('has its sockets where libxl looks for them, or elsewhere', () => {
    expect(qmpSocketPath(7)).toBe('/var/run/xen/qmp-libxl-7');
    expect(qmpSocketPath(7, '/tmp/a,b')).toBe('/tmp/a,b/qmp-libxl-7');
    expect(qemuXenDialect({ runDirectory: '/tmp/a,b' }).argv(pc(), CREATE)).toContain(
      'socket,id=libxl-cmd,path=/tmp/a,,b/qmp-libxl-7,server=on,wait=off',
    );
  });
});
