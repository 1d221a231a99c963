import { DEFAULT_VIDEO_RAM_MIB, type Draft } from './draft.js';
import type { Dict, Json, XendGuest, XendOptions } from './input.js';
import { isDict, isTrue, iterate, toText } from './python.js';
import { isStorable, missing, readDict, readExactInt, readInt, wrongType } from './refused.js';
import type { Step } from './step.js';

/** The platform's keys that hold VNC settings; a vfb keeps the same ones in its `other_config`. */
const VNC_KEYS = ['vncunused', 'vnclisten', 'vncdisplay', 'vncpasswd'] as const;

const NOTHING: Dict = {};

/** What the first virtual frame buffer among the consoles changes. */
interface Screen {
  vnc: boolean;
  sdl: boolean;
  opengl: number;
  /** VNC settings of the frame buffer's own; empty where the platform's count. */
  settings: Dict;
}

/**
 * How the screen is shown. A non-zero `nographic` ends the reading of all of it.
 *
 * The VNC password is stored and the certificate directory looked for before the display number is read: what is wrong
 * beyond that point shows itself after these two.
 */
export function readDisplay(guest: XendGuest, platform: Dict, draft: Draft, step: Step): void {
  draft.displayDisabled = readInt(platform, 'nographic', 0) !== 0;
  if (draft.displayDisabled) return;
  draft.videoRamSpelling = toText(platform['videoram'] === undefined ? DEFAULT_VIDEO_RAM_MIB : platform['videoram']);
  const screen: Screen = {
    vnc: readInt(platform, 'vnc', 0) !== 0,
    sdl: readInt(platform, 'sdl', 0) !== 0,
    opengl: 1,
    settings: NOTHING,
  };
  draft.keymap = platform['keymap'] ?? null;
  readFrameBuffer(guest.vmConfig, draft, screen);
  if (!isTrue(draft.keymap)) draft.keymap = null;
  if (screen.vnc) readVnc(screen.settings, platform, guest.host.options, draft, step);
  if (screen.sdl) draft.sdl = { opengl: readInt(platform, 'opengl', screen.opengl) === 1 };
  draft.monitor = readInt(platform, 'monitor', 0) !== 0;
}

function readFrameBuffer(vmConfig: Dict, draft: Draft, screen: Screen): void {
  for (const [kind, info] of consoles(vmConfig)) {
    if (kind !== 'vfb') continue;
    if (!isDict(info)) throw wrongType('a vfb', info, 'a dictionary');
    if (info['keymap'] !== undefined) draft.keymap = info['keymap'];
    if (readInt(info, 'vnc', 0) !== 0) screen.vnc = true;
    if (readInt(info, 'sdl', 0) !== 0) screen.sdl = true;
    if (screen.sdl) {
      if (info['display'] !== undefined) draft.xDisplay = info['display'];
      if (info['xauthority'] !== undefined) draft.xauthority = info['xauthority'];
      screen.opengl = readInt(info, 'opengl', screen.opengl);
    }
    if (screen.vnc) screen.settings = vncSettings(info['other_config']);
    return;
  }
}

/** The console devices in order; a reference is looked up only once its turn has come. */
function* consoles(vmConfig: Dict): Generator<readonly [Json, Json]> {
  const raw = vmConfig['console_refs'];
  if (raw === undefined) throw missing('console_refs');
  const refs = iterate(raw);
  if (refs === undefined) throw wrongType('console_refs', raw, 'a list');
  for (const ref of refs) {
    const devices = readDict(vmConfig, 'devices');
    const device = typeof ref === 'string' && Object.hasOwn(devices, ref) ? devices[ref] : undefined;
    if (device === undefined) throw missing(`device ${toText(ref)}, which console_refs names`);
    const pair = iterate(device);
    if (pair?.length !== 2) throw wrongType(`device ${toText(ref)}`, device, 'a class with its settings');
    yield [pair[0] ?? null, pair[1] ?? null];
  }
}

function vncSettings(own: Json | undefined): Dict {
  if (own === undefined) return NOTHING;
  if (isDict(own)) return own;
  throw wrongType('other_config', own, 'a dictionary');
}

/** The settings in force: the frame buffer's where it has any, else the platform's; never both. */
function inForce(own: Dict, platform: Dict): Dict {
  if (isTrue(own)) return own;
  const settings: Record<string, Json> = {};
  for (const key of VNC_KEYS) {
    const value = platform[key];
    if (value !== undefined) settings[key] = value;
  }
  return settings;
}

function readVnc(own: Dict, platform: Dict, options: XendOptions, draft: Draft, step: Step): void {
  const settings = inForce(own, platform);
  const password = settings['vncpasswd'] === undefined ? options.vncpasswd : settings['vncpasswd'];
  if (isTrue(password) && !isStorable(password)) throw wrongType('vncpasswd', password, 'a text');
  const vnc = {
    listen: '',
    display: 0,
    findUnused: true,
    password: isTrue(password) ? { value: toText(password), spelling: password as string | number } : null,
    tls: isTrue(options.vncTls)
      ? { certificateDirectory: toText(options.vncX509CertDir), verify: isTrue(options.vncX509Verify) }
      : null,
  };
  draft.vnc = vnc;
  step.reached('display');
  vnc.listen = toText(settings['vnclisten'] === undefined ? options.vncListen : settings['vnclisten']);
  vnc.display = readExactInt(settings, 'vncdisplay', 0);
  vnc.findUnused = readInt(settings, 'vncunused', 1) !== 0;
}
