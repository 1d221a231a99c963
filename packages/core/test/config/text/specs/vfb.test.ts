import { describe, expect, it } from '@jest/globals';
import { parseVfb, type VfbSpec } from '../../../../src/config/text/index.js';
import { refusalOf, without } from '../helpers.js';

describe('parseVfb', () => {
  const specs: [spec: string, vfb: Omit<VfbSpec, 'pairs'>][] = [
    ['', {}],
    ['vnc=1', { vnc: true }],
    ['type=vnc', { vnc: true }],
    ['type=sdl', { sdl: true }],
    ['vnc=0, sdl=1', { vnc: false, sdl: true }],
    [
      'vnc=1,vncdisplay=3,vnclisten=0.0.0.0:3,vncpasswd=se=cret,vncunused=0,keymap=de',
      { vnc: true, vncdisplay: 3, vnclisten: '0.0.0.0:3', vncpasswd: 'se=cret', vncunused: false, keymap: 'de' },
    ],
    [
      'sdl=1,opengl=0,display=:0,xauthority=/root/.Xauthority,videoram=8',
      { sdl: true, opengl: false, display: ':0', xauthority: '/root/.Xauthority', videoram: 8 },
    ],
    ['vncpasswd=,keymap=', { vncpasswd: '', keymap: '' }],
    ['opengl=2', { opengl: true }],
  ];
  it.each(specs)('%j', (spec, expected) => {
    expect(without(parseVfb(spec), 'pairs')).toEqual(expected);
  });

  it('keeps the spelling of what was said', () => {
    expect(parseVfb('type=vnc,vncdisplay=07').pairs.map(({ key, value }) => [key, value])).toEqual([
      ['type', 'vnc'],
      ['vncdisplay', '07'],
    ]);
  });

  const refused: [spec: string, offset: number, message: RegExp][] = [
    ['vnc', 0, /`vnc` has no value/],
    ['vnc=yes', 4, /vnc=yes is no number/],
    ['vnc=1,vncdisplay=:1', 17, /no number/],
    ['vnc=1,listen=0.0.0.0', 6, /a vfb has no `listen`/],
    ['type=spice', 5, /no kind of vfb/],
    ['constructor=1', 0, /no `constructor`/],
  ];
  it.each(refused)('refuses %j', (spec, offset, message) => {
    const error = refusalOf(() => parseVfb(spec));
    expect(error.code).toBe('CONFIG_VFB');
    expect(error.data).toEqual({ offset });
    expect(error.message).toMatch(message);
  });
});
