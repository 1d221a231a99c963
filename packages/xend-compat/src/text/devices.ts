import {
  madeMac,
  parseDisk,
  parseVfb,
  parseVif,
  type ConfigString,
  type Settings,
  type SpecPair,
} from '@xen-image/core';
import type { Json } from '../dictionary/input.js';
import { settingOr } from './values.js';

/** Devices as xend's dictionary has them, with the lists that refer to them. */
export interface Devices {
  readonly devices: Readonly<Record<string, [deviceClass: string, info: Record<string, Json>]>>;
  readonly console_refs: readonly string[];
  readonly vbd_refs: readonly string[];
  readonly vif_refs: readonly string[];
}

type Info = Record<string, Json>;
type Device = readonly [deviceClass: string, info: Info];

/** Settings of a frame buffer that xend kept a second time, as the console's `other_config`. */
const CONSOLE_KEYS = [
  'vncunused',
  'vncdisplay',
  'vnclisten',
  'vncpasswd',
  'sdl',
  'vnc',
  'display',
  'xauthority',
  'keymap',
  'opengl',
];

function pairsOf(pairs: readonly SpecPair[]): Info {
  const info: Info = {};
  for (const { key, value } of pairs) info[key] = value ?? '';
  return info;
}

/** A disk; a name without a prefix is given the one that xm would have had. */
function disk(source: ConfigString): Device {
  const { uname, prefixes, vdev, cdrom, readWrite } = parseDisk(source);
  const bare = uname !== '' && prefixes.length === 0;
  const name = !bare ? uname : uname.startsWith('/dev/') ? `phy:${uname}` : `file:${uname}`;
  const info = { uname: name, dev: cdrom ? `${vdev}:cdrom` : vdev, mode: readWrite ? 'w' : 'r' };
  return [name.startsWith('tap:') ? 'tap' : 'vbd', info];
}

function nic(source: ConfigString, uuid: string, index: number): Device {
  const info = pairsOf(parseVif(source).pairs);
  return [
    'vif',
    { ...info, mac: typeof info['mac'] === 'string' && info['mac'] !== '' ? info['mac'] : madeMac(uuid, index) },
  ];
}

function frameBuffer(info: Info): Device {
  const other: Info = {};
  for (const key of CONSOLE_KEYS) if (info[key] !== undefined) other[key] = info[key];
  return ['vfb', { ...info, other_config: other }];
}

/** A frame buffer as xm read it: `type=vnc` is `vnc=1`, and the guest's keymap counts where it has none of its own. */
function configuredFrameBuffer(source: ConfigString, keymap: Json): Device {
  const info = pairsOf(parseVfb(source).pairs);
  const kind = info['type'];
  if (typeof kind === 'string') {
    delete info['type'];
    info[kind] = '1';
  }
  if (info['keymap'] === undefined && typeof keymap === 'string' && keymap !== '') info['keymap'] = keymap;
  return frameBuffer(info);
}

/** The frame buffer that xend gave an HVM guest with VNC and none of its own: the platform's settings. */
function impliedFrameBuffer(settings: Settings): Device {
  const info: Info = { vnc: '1' };
  for (const key of ['vncpasswd', 'vncunused', 'vncdisplay', 'vnclisten']) {
    const value = settingOr(settings, key, key === 'vncunused' ? 1 : null);
    if (value !== null && value !== '') info[key] = value;
  }
  return frameBuffer(info);
}

/** The frame buffers that a text configures, one of an HVM guest's VNC among them. */
function frameBuffers(settings: Settings, hvm: boolean): Device[] {
  const keymap = settingOr(settings, 'keymap', '');
  const configured = settings.sources('vfb').map((source) => configuredFrameBuffer(source, keymap));
  const implied = hvm && configured.length === 0 && settings.flag('vnc') === true;
  return implied ? [impliedFrameBuffer(settings)] : configured;
}

/**
 * The devices of a text as `xm create` and xend made them. An interface without a MAC address is given one that stays
 * with the guest.
 *
 * @throws XenImageError `CONFIG_DISK`, `CONFIG_VIF`, `CONFIG_VFB`, `CONFIG_MAC`
 */
export function devicesOf(settings: Settings, uuid: string, hvm: boolean): Devices {
  const devices: Record<string, [string, Info]> = {};
  const place = (kind: string, list: readonly Device[]): string[] =>
    list.map(([deviceClass, info], index) => {
      const ref = `${kind}-${index}`;
      devices[ref] = [deviceClass, info];
      return ref;
    });
  return {
    devices,
    console_refs: place('vfb', frameBuffers(settings, hvm)),
    vbd_refs: place('vbd', settings.sources('disk').map(disk)),
    vif_refs: place(
      'vif',
      settings.sources('vif').map((source, index) => nic(source, uuid, index)),
    ),
  };
}
