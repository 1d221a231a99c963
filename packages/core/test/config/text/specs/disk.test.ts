import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isXenImageError } from '../../../../src/errors.js';
import { parseDisk, type DiskSpec } from '../../../../src/config/text/index.js';
import { refusalOf, specOf, without } from '../helpers.js';

/** What a plain writable raw disk has, so that a table names only what differs. */
const plainDisk = { format: 'raw', readWrite: true, cdrom: false, directIoSafe: false, colo: {}, prefixes: [] };

type Difference = Partial<Omit<DiskSpec, 'offsets'>>;

/** A specification without its offsets. */
function disk(spec: string): Difference {
  return without(parseDisk(spec), 'offsets');
}

describe('parseDisk', () => {
  const lv = { target: '/dev/vg/guest-volume', uname: '/dev/vg/guest-volume', vdev: 'hda' };
  const iso = {
    target: '/root/image.iso',
    uname: '/root/image.iso',
    vdev: 'hdc',
    cdrom: true,
    readWrite: false,
  };
  const specs: [spec: string, disk: Difference][] = [
    // The equivalent forms of xl-disk-configuration(5).
    ['/dev/vg/guest-volume,,hda', lv],
    ['/dev/vg/guest-volume,raw,hda,rw', lv],
    ['format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume', lv],
    ['raw:/dev/vg/guest-volume,hda,w', { ...lv, prefixes: ['raw'], uname: 'raw:/dev/vg/guest-volume' }],
    ['/root/image.iso,,hdc,cdrom', iso],
    ['/root/image.iso,,hdc,,cdrom', iso],
    ['/root/image.iso,raw,hdc,devtype=cdrom', iso],
    ['format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso', iso],
    ['raw:/root/image.iso,hdc:cdrom,ro', { ...iso, prefixes: ['raw'], uname: 'raw:/root/image.iso' }],
    // Prefixes of xend and xl 4.1.
    ['phy:/dev/x,hda,w', { target: '/dev/x', vdev: 'hda', prefixes: ['phy'], uname: 'phy:/dev/x' }],
    ['phy:sda7,xvda1,r', { target: 'sda7', vdev: 'xvda1', readWrite: false, prefixes: ['phy'], uname: 'phy:sda7' }],
    [
      'file:/x.img,xvda1,r',
      { target: '/x.img', vdev: 'xvda1', readWrite: false, prefixes: ['file'], uname: 'file:/x.img' },
    ],
    ['tap:aio:/x.img,hda,w', { target: '/x.img', vdev: 'hda', prefixes: ['tap', 'aio'], uname: 'tap:aio:/x.img' }],
    [
      'tap:qcow2:/x,hda,w',
      { target: '/x', vdev: 'hda', format: 'qcow2', prefixes: ['tap', 'qcow2'], uname: 'tap:qcow2:/x' },
    ],
    [
      'tap2:vhd:/x,hda,w',
      { target: '/x', vdev: 'hda', format: 'vhd', prefixes: ['tap2', 'vhd'], uname: 'tap2:vhd:/x' },
    ],
    [
      'iscsi:iqn.2001-05,xvda,w',
      { target: 'iqn.2001-05', vdev: 'xvda', script: 'block-iscsi', prefixes: ['iscsi'], uname: 'iscsi:iqn.2001-05' },
    ],
    [
      'drbd:res0,xvda,w',
      { target: 'res0', vdev: 'xvda', script: 'block-drbd', prefixes: ['drbd'], uname: 'drbd:res0' },
    ],
    ['phy:/dev/x,ioemu:hda,w', { target: '/dev/x', vdev: 'hda', prefixes: ['phy', 'ioemu'], uname: 'phy:/dev/x' }],
    [
      'phy:/dev/x,hda,w,storage',
      { target: '/dev/x', vdev: 'hda', backend: 'storage', prefixes: ['phy'], uname: 'phy:/dev/x' },
    ],
    [
      'phy:/dev/x,hda,w,0,x86_32-abi',
      { target: '/dev/x', vdev: 'hda', backend: '0', protocol: 'x86_32-abi', prefixes: ['phy'], uname: 'phy:/dev/x' },
    ],
    // CD drives without a medium.
    [',hdc:cdrom,r', { target: '', uname: '', vdev: 'hdc', format: 'empty', cdrom: true, readWrite: false }],
    [
      'phy:,hdc:cdrom,r',
      { target: '', uname: 'phy:', vdev: 'hdc', format: 'empty', cdrom: true, readWrite: false, prefixes: ['phy'] },
    ],
    ['vdev=hdc,cdrom', { target: '', uname: '', vdev: 'hdc', format: 'empty', cdrom: true, readWrite: false }],
    [
      'format=empty,vdev=hdc,devtype=cdrom',
      { target: '', uname: '', vdev: 'hdc', format: 'empty', cdrom: true, readWrite: false },
    ],
    // Access: a CD is read only whatever is said.
    ['/x,,xvda,r', { target: '/x', uname: '/x', vdev: 'xvda', readWrite: false }],
    ['/x,,xvda,', { target: '/x', uname: '/x', vdev: 'xvda' }],
    ['/x,raw,hdc:cdrom,w', { target: '/x', uname: '/x', vdev: 'hdc', cdrom: true, readWrite: false }],
    ['/x,raw,hda:disk,w', { target: '/x', uname: '/x', vdev: 'hda' }],
    // Keys, flags, and places that keys have already filled.
    ['format=qcow2,/x,xvda', { target: '/x', uname: '/x', vdev: 'xvda', format: 'qcow2' }],
    ['vdev=xvdb,/x,qed,r', { target: '/x', uname: '/x', vdev: 'xvdb', format: 'qed', readWrite: false }],
    [
      '/x,raw,xvda,w,direct-io-safe,discard,untrusted,backend=dom1,backendtype=qdisk,script=block-x,specification=virtio',
      {
        target: '/x',
        uname: '/x',
        vdev: 'xvda',
        directIoSafe: true,
        discard: true,
        trusted: false,
        backend: 'dom1',
        backendType: 'qdisk',
        script: 'block-x',
        specification: 'virtio',
      },
    ],
    ['/x,raw,xvda,w,no-discard,trusted', { target: '/x', uname: '/x', vdev: 'xvda', discard: false, trusted: true }],
    [
      '/x,raw,xvda,w,colo,colo-host=192.168.0.2,colo-port=9000,active-disk=/a,hidden-disk=/h',
      {
        target: '/x',
        uname: '/x',
        vdev: 'xvda',
        colo: { colo: true, 'colo-host': '192.168.0.2', 'colo-port': '9000', 'active-disk': '/a', 'hidden-disk': '/h' },
      },
    ],
    // target= takes the rest, whatever is in it.
    ['vdev=xvda,target=/a,b=c,ro ', { target: '/a,b=c,ro ', uname: '/a,b=c,ro ', vdev: 'xvda' }],
    ['vdev=xvda,target=phy:/a', { target: 'phy:/a', uname: 'phy:/a', vdev: 'xvda' }],
    ['vdev=xvda,target=/a,,', { target: '/a,', uname: '/a,', vdev: 'xvda' }],
    [',raw,xvda,w,target=/late', { target: '/late', uname: '/late', vdev: 'xvda' }],
    // Blanks before a part are nothing.
    ['  /x ,\n raw,\txvda', { target: '/x ', uname: '/x ', vdev: 'xvda' }],
  ];
  it.each(specs)('%j', (spec, expected) => {
    expect(disk(spec)).toEqual({ ...plainDisk, ...expected });
  });

  it('tells where the parts stand', () => {
    expect(parseDisk('tap:aio:/x, hda,r').offsets).toEqual({ target: 8, vdev: 12, access: 16 });
    expect(parseDisk('format=qcow2, vdev=xvda, target=/x').offsets).toEqual({ format: 7, vdev: 19, target: 32 });
  });

  const refused: [spec: string, offset: number, message: RegExp, hint?: RegExp][] = [
    ['', 0, /without vdev/],
    ['/x', 2, /without vdev/],
    ['vdev=xvda', 9, /without target/],
    ['/x,hda,w', 3, /`hda` is no format/, /a vdev comes third: TARGET,raw,hda/],
    ['/x,ext4,xvda', 3, /`ext4` is no format/, /known are raw/],
    ['format=raw,/x,qcow2,xvda,r,w', 20, /`xvda` is no access/],
    ['/x,raw,xvda,x', 12, /`x` is no access/],
    ['phy:/x,xvda,w!', 12, /`w!` is no access/, /xend alone/],
    ['/x,raw,xvda,w,readonly', 14, /`readonly` has no place/],
    ['phy:/x,xvda,w,a,b,c', 18, /`c` has no place/],
    ['/x,raw,hda:floppy', 10, /`:floppy` is no type/],
    ['/x,raw,xv da', 7, /`xv da` is no vdev/],
    ['/x,raw,/dev/xvda', 7, /is no vdev/],
    ['foo:/x,xvda,w', 0, /`foo:` is no prefix/],
    ['tap:foo:/x,xvda,w', 4, /`foo:` is no prefix/],
    ['/x,raw,xvda,acess=r', 12, /a disk has no `acess`/, /is access meant/],
    ['/x,raw,xvda,devtype=floppy', 20, /devtype=floppy is unknown/],
    ['/x,raw,xvda,backendtype=loop', 24, /backendtype=loop is unknown/, /qdisk/],
    ['/x,raw,xvda,colo-port=http', 22, /no port/],
    ['raw:/x,xvda,format=vhd', 19, /given twice, as raw and as vhd/],
    ['/x,raw,xvda,vdev=xvdb', 17, /vdev is given twice/],
    ['/x,raw,xvda,target=/y', 19, /target is given twice/],
    ['/x,raw,xvda,script=a,script=b', 28, /script is given twice/],
  ];
  it.each(refused)('refuses %j at %d', (spec, offset, message, hint = /./) => {
    const error = refusalOf(() => parseDisk(spec));
    expect(error).toMatchObject({ code: 'CONFIG_DISK', phase: 'config', position: undefined });
    expect(error.data).toEqual({ offset });
    expect(error.message).toMatch(message);
    if (hint.source !== '.') expect(error.hint).toMatch(hint);
  });

  it('points at the line and column of the file', () => {
    const error = refusalOf(() => parseDisk(specOf("disk = [ 'phy:/x,xvda,x' ]")));
    expect(error.position).toEqual({ line: 1, column: 23, file: 'guest.cfg' });
    expect(error.said).toEqual(['phy:/x,xvda,x', '            ^']);
  });

  it('points at the beginning of a text with escapes, whose inside it cannot count', () => {
    const error = refusalOf(() => parseDisk(specOf("disk = [ 'phy:\\x41,xvda,x' ]")));
    expect(error.position).toEqual({ line: 1, column: 10, file: 'guest.cfg' });
  });

  it('reads any text, or refuses it with a code', () => {
    const whole = fc.constantFrom(
      ...[
        'phy:/x',
        'tap:aio:/x',
        'raw:/x',
        '/x',
        '',
        'hda',
        'ioemu:hda',
        'hdc:cdrom',
        'raw',
        'qcow2',
        'r',
        'w',
        'cdrom',
      ],
      ...['format=raw', 'vdev=xvda', 'access=r', 'target=/y', ' discard', 'script=s', 'colo-host=h', '__proto__=1'],
    );
    const piece = fc.oneof({ weight: 8, arbitrary: whole }, fc.string({ unit: 'binary', maxLength: 3 }));
    const text = fc.tuple(fc.array(piece, { maxLength: 6 }), fc.constantFrom(',', ',', ', ', ':', '='));
    let read = 0;
    fc.assert(
      fc.property(text, ([pieces, separator]) => {
        try {
          const spec = parseDisk(pieces.join(separator));
          expect(spec.vdev).toMatch(/^[a-z0-9]+$/i);
          expect(spec.uname.endsWith(spec.target)).toBe(true);
          read++;
        } catch (error) {
          if (!isXenImageError(error)) throw error;
          expect(error.code).toBe('CONFIG_DISK');
        }
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});
