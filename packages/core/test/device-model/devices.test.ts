import { describe, expect, it } from '@jest/globals';
import {
  bootArgs,
  deviceArgs,
  extraArgs,
  hvmMachine,
  memorySize,
  nicArgs,
  spelled,
  type NicConfig,
} from '../../src/plugin.js';
import { hvmGuest, inputFor } from '../support/guest.js';
import { IN_2009, TODAY } from '../support/policies.js';

const NIC: NicConfig = {
  mac: '00:16:3e:00:00:01',
  bridge: 'xenbr0',
  model: null,
  type: 'emulated',
  script: null,
};

describe('booting', () => {
  it('is told by cpus and the order of devices', () => {
    expect(bootArgs(hvmGuest({ vcpus: { online: 1, maximum: 4 } }))).toEqual([
      { arg: 'vcpus', online: 1, maximum: 4 },
      { arg: 'direct-boot', kernel: '', ramdisk: '', commandLine: '' },
      { arg: 'boot-order', order: 'cda' },
    ]);
  });

  it('is of a kernel where one is named', () => {
    const boot = {
      kernel: spelled<string | null>('/boot/vmlinuz'),
      ramdisk: spelled<string | null>(null),
      commandLine: spelled('quiet'),
      order: null,
    };
    expect(bootArgs(hvmGuest({ boot })).slice(1)).toEqual([
      { arg: 'direct-boot', kernel: '/boot/vmlinuz', ramdisk: null, commandLine: 'quiet' },
    ]);
  });

  it('has nothing direct about it without kernel, ramdisk and command line', () => {
    const boot = { kernel: spelled<string | null>(null), ramdisk: spelled<string | null>(null), order: '' };
    expect(bootArgs(hvmGuest({ boot }))).toEqual([{ arg: 'vcpus', online: 2, maximum: 2 }]);
  });
});

describe('devices', () => {
  it('of a plain guest are its card, ACPI, and no interface', () => {
    expect(deviceArgs(hvmGuest())).toEqual([
      { arg: 'vga', card: 'cirrus', ramMib: 4 },
      { arg: 'switch', name: 'acpi' },
      { arg: 'no-nic' },
    ]);
  });

  it('come in the order in which image.py had them', () => {
    const config = hvmGuest({
      clock: { localtime: true },
      platform: {
        floppyA: '/a.img',
        floppyB: '/b.img',
        sound: 'sb16',
        serial: ['pty', 'stdio'],
        vga: 'stdvga',
        isa: true,
        acpi: 0,
        usb: true,
        usbDevices: ['tablet', 'host:1'],
      },
      nics: [NIC],
      disks: [{ target: '/d', format: 'raw', vdev: 'hda', access: 'ro', cdrom: false, requiredFile: null }],
    });
    expect(deviceArgs(config)).toEqual([
      { arg: 'floppy', drive: 'a', path: '/a.img' },
      { arg: 'floppy', drive: 'b', path: '/b.img' },
      { arg: 'sound', model: 'sb16' },
      { arg: 'switch', name: 'localtime' },
      { arg: 'serial', target: 'pty' },
      { arg: 'serial', target: 'stdio' },
      { arg: 'vga', card: 'stdvga', ramMib: 4 },
      { arg: 'switch', name: 'std-vga' },
      { arg: 'switch', name: 'isa' },
      { arg: 'switch', name: 'no-acpi' },
      { arg: 'switch', name: 'usb' },
      { arg: 'usb-device', device: 'tablet' },
      { arg: 'usb-device', device: 'host:1' },
      {
        arg: 'nic',
        index: 0,
        devid: 0,
        mac: '00:16:3e:00:00:01',
        model: 'rtl8139',
        bridge: 'xenbr0',
        script: null,
      },
      { arg: 'disk', target: '/d', format: 'raw', vdev: 'hda', readOnly: true, cdrom: false },
    ]);
  });

  it('have interfaces counted twice: the emulated ones, and all', () => {
    const nics: NicConfig[] = [{ ...NIC, type: 'paravirtual' }, NIC, { ...NIC, type: 'paravirtual' }, NIC];
    expect(nicArgs(hvmGuest({ nics })).map((arg) => arg.arg === 'nic' && [arg.index, arg.devid])).toEqual([
      [0, 1],
      [1, 3],
    ]);
  });

  it('are told of no interface where all are paravirtual', () => {
    expect(nicArgs(hvmGuest({ nics: [{ ...NIC, type: 'paravirtual' }] }))).toEqual([{ arg: 'no-nic' }]);
  });
});

describe('the machine', () => {
  it('is a PC', () => {
    expect(hvmMachine(hvmGuest())).toEqual({ arg: 'machine', machine: 'fv', platformPci: true });
    expect(hvmMachine(hvmGuest({ platform: { platformPci: false, mmioHoleMib: 1024 } }))).toEqual({
      arg: 'machine',
      machine: 'fv',
      platformPci: false,
      mmioHoleMib: 1024,
    });
  });

  it('has its memory told where the policy has it so', () => {
    expect(memorySize(inputFor(hvmGuest(), TODAY), 262143)).toEqual([{ arg: 'memory', sizeMib: 255 }]);
    expect(memorySize(inputFor(hvmGuest(), IN_2009), 262143)).toEqual([]);
  });

  it('has the operator’s own arguments, one by one', () => {
    expect(extraArgs(hvmGuest({ deviceModel: { extraArgs: ['-s', '-gdb'] } }))).toEqual([
      { arg: 'extra', text: '-s' },
      { arg: 'extra', text: '-gdb' },
    ]);
  });
});
