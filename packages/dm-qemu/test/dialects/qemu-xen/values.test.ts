import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { qemuXen } from '../../../src/index.js';
import { disk, nic, pc, vnc } from '../../support/args.js';
import { readOption, valuesOf } from '../../support/qemu-options.js';

const CREATE = { domid: 7, restore: false };
const TEXT = fc
  .oneof(fc.string({ minLength: 1 }), fc.constantFrom('x,script=/tmp/evil', 'a=b', 'a,b=c', ',', '=', 'on,off'))
  .filter((text) => !text.includes('\0'));

describe('values that reach qemu-xen', () => {
  it('stay what they are in an interface', () => {
    fc.assert(
      fc.property(TEXT, TEXT, TEXT, (bridge, model, mac) => {
        const argv = qemuXen.argv(pc({ devices: [nic({ bridge, model, mac })] }), CREATE);
        expect(readOption(valuesOf(argv, '-netdev')[0]!)).toEqual(
          new Map([
            ['type', 'tap'],
            ['id', 'net0'],
            ['ifname', 'vif7.0-emu'],
            ['br', bridge],
            ['script', 'no'],
            ['downscript', 'no'],
          ]),
        );
        expect(readOption(valuesOf(argv, '-device')[0]!, 'driver')).toEqual(
          new Map([
            ['driver', model],
            ['id', 'nic0'],
            ['netdev', 'net0'],
            ['mac', mac],
          ]),
        );
      }),
    );
  });

  it('stay what they are in a name, a disk and a server', () => {
    fc.assert(
      fc.property(TEXT, TEXT, TEXT, (name, target, listen) => {
        const args = pc({
          identity: [{ arg: 'domain-name', name }],
          display: [vnc({ listen: `h${listen}` })],
          devices: [disk({ target })],
        });
        const argv = qemuXen.argv(args, CREATE);
        expect([...readOption(valuesOf(argv, '-name')[0]!, 'guest')]).toEqual([['guest', name]]);
        expect([...readOption(valuesOf(argv, '-vnc')[0]!, 'vnc')]).toEqual([['vnc', `h${listen}:1`]]);
        expect(readOption(valuesOf(argv, '-drive')[0]!).get('file')).toBe(target);
      }),
    );
  });

  it('are texts fit for a process, or refused', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const args = pc({ identity: [{ arg: 'domain-name', name }] });
        if (name.includes('\0')) {
          expect(() => qemuXen.argv(args, CREATE)).toThrow(
            expect.objectContaining({ code: 'DEVICE_MODEL_ARG_INVALID' }),
          );
          return;
        }
        for (const word of qemuXen.argv(args, CREATE)) {
          expect(typeof word).toBe('string');
          expect(word).not.toContain('\0');
        }
      }),
    );
  });

  it('cannot hold a NUL', () => {
    const args = pc({ devices: [nic({ bridge: 'br\0' })] });
    expect(() => qemuXen.options(args, CREATE)).toThrow(
      expect.objectContaining({ code: 'DEVICE_MODEL_ARG_INVALID', data: { dialect: 'qemu-xen', option: '-netdev' } }),
    );
  });
});
