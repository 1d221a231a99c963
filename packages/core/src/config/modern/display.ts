import type { HostFacts } from '../../contract/host-facts.js';
import { spelled } from '../../contract/values.js';
import type { DisplayConfig, VncConfig } from '../domain-config.js';
import { parseVfb, type VfbSpec } from '../text/specs/vfb.js';
import type { Settings } from './settings.js';

const MAX_DISPLAY = 59_635;
/** VNC's challenge is answered by DES, whose key has so many (RFC 6143, 7.2.2). */
const PASSWORD_BYTES = 8;

/** The settings of the display, wherever they stand: the first `vfb`, or the guest's own options. */
function spec(settings: Settings): VfbSpec {
  const [first, second] = settings.sources('vfb');
  if (second !== undefined) {
    settings.tell('warning', 'CONFIG_VFB_IGNORED', 'only the first vfb is used', 'vfb');
  }
  if (first !== undefined) return parseVfb(first);
  const given = {
    vnc: settings.flag('vnc'),
    sdl: settings.flag('sdl'),
    vncdisplay: settings.integer('vncdisplay', 0, MAX_DISPLAY),
    vnclisten: settings.text('vnclisten'),
    vncpasswd: settings.text('vncpasswd'),
    vncunused: settings.flag('vncunused'),
    keymap: settings.text('keymap'),
    opengl: settings.flag('opengl'),
    display: settings.text('display'),
    xauthority: settings.text('xauthority'),
  };
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as object),
    pairs: [],
  };
}

/** An address and a display number from `vnclisten`, where xl lets the number stand behind a colon. */
function listenAddress(vfb: VfbSpec, host: HostFacts): { listen: string; display: number } {
  const text = vfb.vnclisten ?? host.options.vncListen;
  const match = /^([^:]*|\[[0-9a-fA-F:.]*\]):(\d{1,5})$/.exec(text);
  if (match === null) return { listen: text, display: vfb.vncdisplay ?? 0 };
  return { listen: match[1] ?? '', display: Number(match[2]) };
}

function vnc(settings: Settings, vfb: VfbSpec, host: HostFacts): VncConfig {
  const password = vfb.vncpasswd ?? host.options.vncPassword ?? '';
  if (Buffer.byteLength(password) > PASSWORD_BYTES) {
    const message = `VNC looks at the first ${PASSWORD_BYTES} bytes of a password only: the rest of this one is no secret`;
    const hint =
      'Shorten it, so that nobody takes it for a longer one; let VNC listen where only those can connect who may.';
    settings.tell('warning', 'CONFIG_VNC_PASSWORD', message, 'vncpasswd', hint);
  }
  return {
    ...listenAddress(vfb, host),
    findUnused: vfb.vncunused ?? true,
    password: password === '' ? null : spelled(password),
    tls: host.options.vncTls,
  };
}

/**
 * Reads how the guest's screen is shown. An HVM guest has VNC unless it is switched off, as under libxl; others have a
 * screen only where a `vfb` or `vnc = 1` asks for it.
 *
 * @throws XenImageError `CONFIG_VFB`, `CONFIG_VALUE`
 */
export function readDisplay(settings: Settings, imageType: string, host: HostFacts): DisplayConfig {
  const vfb = spec(settings);
  const disabled = settings.flag('nographic') === true;
  const hasVnc = vfb.vnc ?? (imageType === 'hvm' && vfb.sdl !== true && !disabled);
  return {
    disabled,
    vnc: hasVnc && !disabled ? vnc(settings, vfb, host) : null,
    sdl: vfb.sdl === true && !disabled ? { opengl: vfb.opengl ?? true } : null,
    keymap: vfb.keymap ?? settings.text('keymap') ?? null,
    monitor: settings.flag('monitor') ?? false,
    xDisplay: vfb.display ?? null,
    xauthority: vfb.xauthority ?? null,
  };
}
