import { describe, expect, it } from '@jest/globals';
import type { DiskArg } from '@xen-image/core/plugin';
import { qemuXen } from '../../../src/index.js';
import { parseVdev } from '../../../src/dialects/qemu-xen/vdev.js';
import { disk, pc } from '../../support/args.js';

function disks(...changes: Partial<DiskArg>[]): string[] {
  return disksOf(changes, false);
}

function disksOf(changes: readonly Partial<DiskArg>[], restore: boolean): string[] {
  const devices = changes.map((change) => disk(change));
  const argv = qemuXen.argv(pc({ machine: [], devices }), { domid: 7, restore });
  const from = argv.indexOf('-drive');
  return from === -1 ? [] : argv.slice(from);
}

describe('the name of a virtual disk', () => {
  it.each([
    ['hda', 'ide', 0, 768],
    ['hdb', 'ide', 1, 832],
    ['hdc', 'ide', 2, 5632],
    ['hdd1', 'ide', 3, 5697],
    ['sda', 'scsi', 0, 2048],
    ['sdp2', 'scsi', 15, 2290],
    ['xvda', 'xen', 0, 51712],
    ['xvdb1', 'xen', 1, 51729],
    ['xvdp', 'xen', 15, 51952],
    ['xvdq', 'xen', 16, 268439552],
    ['xvdaa', 'xen', 26, 268442112],
    ['d0', 'xen', 0, 51712],
    ['d536p37', 'xen', 536, 268572709],
  ])('%s is on %s, disk %d, number %d', (vdev, bus, index, number) => {
    expect(parseVdev(vdev)).toEqual({ bus, disk: index, number });
  });

  it.each(['', 'hd', 'hde', 'sdq', 'vda', 'xvd0', 'nvme0', 'hda,evil', 'HDA'])('is not %p', (vdev) => {
    expect(parseVdev(vdev)).toBeUndefined();
  });
});

describe('disks under qemu-xen', () => {
  it.each<[DiskArg['format'], string]>([
    ['raw', 'raw'],
    ['qcow', 'qcow'],
    ['qcow2', 'qcow2'],
    ['vhd', 'vpc'],
    ['qed', 'qed'],
  ])('of format %s are %s to QEMU', (format, name) => {
    expect(disks({ format })).toEqual([
      '-drive',
      `file=/srv/d.img,if=ide,index=0,media=disk,format=${name},cache=writeback`,
    ]);
  });

  it('are opened for writing at once where the state of another device model is taken up', () => {
    const given = [{ vdev: 'hda' }, { vdev: 'sda' }, { vdev: 'hdc', cdrom: true }];
    const once = (restore: boolean): boolean[] =>
      disksOf(given, restore)
        .filter((_, index, all) => all[index - 1] === '-drive')
        .map((drive) => drive.endsWith(',auto-read-only=off'));
    expect(once(true)).toEqual([true, true, false]);
    expect(once(false)).toEqual([false, false, false]);
  });

  it('by paravirtual names are the first four of IDE as well', () => {
    expect(disks({ vdev: 'xvdd', target: '/dev/vg/d' })).toEqual([
      '-drive',
      'file=/dev/vg/d,if=ide,index=3,media=disk,format=raw,cache=writeback',
    ]);
    expect(disks({ vdev: 'xvde' })).toEqual([]);
    expect(disks({ vdev: 'xvde', cdrom: true })).toEqual([]);
  });

  it('with a medium in a CD drive have it read only', () => {
    expect(disks({ vdev: 'hdd', cdrom: true, target: '/srv/a,b.iso' })).toEqual([
      ...['-drive', 'if=none,readonly=on,id=ide-5696,file=/srv/a,,b.iso,format=raw'],
      ...['-device', 'ide-cd,id=ide-5696,drive=ide-5696,bus=ide.1,unit=1'],
    ]);
  });

  it('on SCSI have one controller, before other devices', () => {
    const args = pc({
      devices: [{ arg: 'vga', card: 'cirrus', ramMib: 8 }, disk({ vdev: 'sda' }), disk({ vdev: 'sdb' })],
    });
    const argv = qemuXen.argv(args, { domid: 7, restore: false });
    expect(argv.filter((word) => word === 'lsi53c895a')).toHaveLength(1);
    expect(argv.indexOf('lsi53c895a')).toBeLessThan(argv.indexOf('cirrus-vga,vgamem_mb=8'));
    expect(argv).toContain('file=/srv/d.img,id=scsi0-hd1,format=raw,if=none,readonly=off,cache=writeback');
  });

  it('need no SCSI controller for a CD', () => {
    const argv = qemuXen.argv(pc({ devices: [disk({ vdev: 'sda', cdrom: true })] }), { domid: 7, restore: false });
    expect(argv).not.toContain('lsi53c895a');
  });

  it('keep their names whatever is in them', () => {
    expect(disks({ target: '/srv/a,readonly=off' })[1]).toContain('file=/srv/a,,readonly=off,if=ide');
  });

  it.each<[Partial<DiskArg>, string]>([
    [{ vdev: 'vda' }, 'a disk called vda'],
    [{ readOnly: true }, 'a read-only IDE disk (hda)'],
    [{ target: null }, 'a disk without a target (hda)'],
  ])('are refused with %j', (change, what) => {
    expect(() => disks(change)).toThrow(
      expect.objectContaining({
        code: 'DEVICE_MODEL_ARG_UNSUPPORTED',
        message: `qemu-xen cannot have ${what}`,
        hint: expect.any(String),
        data: { dialect: 'qemu-xen', arg: 'disk' },
      }),
    );
  });
});
