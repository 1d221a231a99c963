import { describe, expect, it } from '@jest/globals';
import type { DeviceModelArg } from '@xen-image/core/plugin';
import { qemuXen } from '../../../src/index.js';
import { pc, vnc } from '../../support/args.js';

function displayed(...display: DeviceModelArg[]): string {
  return qemuXen.options(pc({ identity: [], display }), { domid: 7, restore: false }).join(' ');
}

describe('the screen under qemu-xen', () => {
  it('is not shown unless asked for', () => {
    expect(displayed()).toBe('-vnc none -display none');
  });

  it.each([
    [{}, '127.0.0.1:1'],
    [{ listen: '::1' }, '[::1]:1'],
    [{ listen: '0.0.0.0', display: 0, password: true }, '0.0.0.0:0,password=on'],
    [{ findUnused: true }, '127.0.0.1:1,to=99'],
    [{ listen: 'host,password=off' }, 'vnc=host,,password=off:1'],
  ])('by a server with %j is %s', (change, option) => {
    expect(displayed(vnc(change))).toBe(`-vnc ${option} -display none`);
  });

  it.each([
    [true, 'on'],
    [false, 'off'],
  ])('is encrypted with credentials of its own, clients verified: %p', (verify, word) => {
    const tls = { certificateDirectory: '/etc/xen/vnc,tls', verify };
    expect(displayed(vnc({ password: true, findUnused: true, tls }))).toBe(
      `-object tls-creds-x509,id=vnc-tls,dir=/etc/xen/vnc,,tls,endpoint=server,verify-peer=${word} ` +
        '-vnc 127.0.0.1:1,password=on,tls-creds=vnc-tls,to=99 -display none',
    );
  });

  it('is a window as well', () => {
    expect(displayed({ arg: 'sdl', opengl: true }, { arg: 'keymap', keymap: 'fr' })).toBe(
      '-vnc none -display none -display sdl -k fr',
    );
  });
});
