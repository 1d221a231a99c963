import type { DomainConfig, VncConfig } from '../config/domain-config.js';
import type { DeviceModelArg, VncArg } from '../contract/device-model.js';

function vncArg({ listen, display, password, findUnused, tls }: VncConfig): VncArg {
  return {
    arg: 'vnc',
    listen,
    display,
    password: password !== null && password.value !== '',
    findUnused,
    tls,
  };
}

/**
 * Section `display`: how the screen is shown. A screen that the configuration turned off has nothing else to tell; one
 * that nothing shows is told to be so.
 */
export function displayArgs({ display, platform }: DomainConfig): readonly DeviceModelArg[] {
  if (display.disabled) return [{ arg: 'nographic', asked: true }];
  const { keymap, vnc, sdl, monitor } = display;
  const args: DeviceModelArg[] = [{ arg: 'video-ram', sizeMib: platform.videoRamMib }];
  if (keymap !== null && keymap !== '') args.push({ arg: 'keymap', keymap });
  if (vnc !== null) args.push(vncArg(vnc));
  if (sdl !== null) args.push({ arg: 'sdl', opengl: sdl.opengl });
  if (vnc === null && sdl === null) args.push({ arg: 'nographic', asked: false });
  if (monitor) args.push({ arg: 'monitor' });
  return args;
}

/** Environment of a device model: the X display, where one is named. */
export function displayEnvironment({ display }: DomainConfig): Readonly<Record<string, string>> {
  const { xDisplay, xauthority } = display;
  const environment: Record<string, string> = {};
  if (xDisplay !== null && xDisplay !== '') environment['DISPLAY'] = xDisplay;
  if (xauthority !== null && xauthority !== '') environment['XAUTHORITY'] = xauthority;
  return environment;
}

/** The VNC password in force; `null` where there is no server or no password. */
export function vncPassword({ display }: DomainConfig): string | null {
  if (display.disabled || display.vnc === null) return null;
  const password = display.vnc.password?.value ?? '';
  return password === '' ? null : password;
}
