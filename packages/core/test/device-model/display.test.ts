import { describe, expect, it } from '@jest/globals';
import { displayArgs, displayEnvironment, vncPassword, type DisplayConfig, type VncConfig } from '../../src/plugin.js';
import { pvGuest } from '../support/guest.js';

const VNC: VncConfig = { listen: '127.0.0.1', display: 3, findUnused: true, password: null, tls: null };
const VIDEO_RAM = { arg: 'video-ram', sizeMib: { value: 4, spelling: 4 } };

function shown(display: Partial<DisplayConfig>) {
  return displayArgs(pvGuest({ display }));
}

describe('a screen', () => {
  it('that nothing shows is told to be so', () => {
    expect(shown({})).toEqual([VIDEO_RAM, { arg: 'nographic', asked: false }]);
  });

  it('that is turned off has nothing else to tell', () => {
    expect(shown({ disabled: true, vnc: VNC, sdl: { opengl: true }, keymap: 'de', monitor: true })).toEqual([
      { arg: 'nographic', asked: true },
    ]);
  });

  it('is shown in this order: card, keys, server, window, monitor', () => {
    expect(shown({ vnc: VNC, sdl: { opengl: false }, keymap: 'de', monitor: true })).toEqual([
      VIDEO_RAM,
      { arg: 'keymap', keymap: 'de' },
      { arg: 'vnc', listen: '127.0.0.1', display: 3, password: false, findUnused: true, tls: null },
      { arg: 'sdl', opengl: false },
      { arg: 'monitor' },
    ]);
  });

  it('keeps the password out of its arguments', () => {
    const vnc = { ...VNC, password: { value: 'secret', spelling: 'secret' } };
    const args = shown({ vnc });
    expect(args).toContainEqual(expect.objectContaining({ arg: 'vnc', password: true }));
    expect(JSON.stringify(args)).not.toContain('secret');
    expect(vncPassword(pvGuest({ display: { vnc } }))).toBe('secret');
  });

  it.each([
    ['no server', { vnc: null }],
    ['no password', { vnc: VNC }],
    ['an empty one', { vnc: { ...VNC, password: { value: '', spelling: '' } } }],
    ['the screen off', { disabled: true, vnc: { ...VNC, password: { value: 'p', spelling: 'p' } } }],
  ])('has no password with %s', (_, display) => {
    expect(vncPassword(pvGuest({ display }))).toBeNull();
  });

  it('has an empty keymap count as none', () => {
    expect(shown({ vnc: VNC, keymap: '' })).not.toContainEqual(expect.objectContaining({ arg: 'keymap' }));
  });
});

describe('the environment', () => {
  it.each([
    [{ xDisplay: null, xauthority: null }, {}],
    [{ xDisplay: '', xauthority: '' }, {}],
    [{ xDisplay: ':1', xauthority: null }, { DISPLAY: ':1' }],
    [
      { xDisplay: ':1', xauthority: '/root/.Xauthority' },
      { DISPLAY: ':1', XAUTHORITY: '/root/.Xauthority' },
    ],
  ])('for %j is %j', (display, environment) => {
    expect(displayEnvironment(pvGuest({ display }))).toEqual(environment);
  });
});
