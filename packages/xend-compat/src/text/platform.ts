import type { Settings } from '@xen-image/core';
import type { Json } from '../dictionary/input.js';
import { isTrue } from '../dictionary/python.js';
import { settingOr } from './values.js';

/**
 * What `xm create` sent of an HVM guest's platform, with its defaults (tools/python/xen/xm/create.py); `null` is sent as
 * nothing.
 */
const HVM_DEFAULTS: Readonly<Record<string, Json>> = {
  device_model: null,
  pae: 1,
  boot: 'c',
  fda: '',
  fdb: '',
  timer_mode: 1,
  localtime: 0,
  serial: '',
  stdvga: 0,
  isa: 0,
  nographic: 0,
  soundhw: '',
  vnc: null,
  vncdisplay: null,
  vncunused: 1,
  vncconsole: null,
  vnclisten: null,
  sdl: null,
  display: null,
  xauthority: null,
  rtc_timeoffset: 0,
  monitor: 0,
  acpi: 1,
  apic: 1,
  usb: 0,
  usbdevice: '',
  keymap: '',
  hpet: 0,
  guest_os_type: 'default',
  hap: 1,
  opengl: null,
  viridian: 0,
  xen_extended_power_mgmt: null,
  vpt_align: 1,
  xen_platform_pci: 1,
  vncpasswd: null,
};

/** qemu-dm where xend looked for it, the device model that this profile's dialect is spoken by. */
const DEVICE_MODEL = '/usr/lib/xen/bin/qemu-dm';

/**
 * The platform that xend kept of a guest: what xm sent of it but for nulls and empty texts. `loader` is left out here;
 * it depends on the kernel.
 */
export function platformOf(settings: Settings, hvm: boolean, hasFrameBuffer: boolean): Record<string, Json> {
  const platform: Record<string, Json> = {};
  const keep = (key: string, value: Json): void => {
    if (value !== null && value !== '') platform[key] = value;
  };
  const videoram = settingOr(settings, 'videoram', 4);
  if (isTrue(videoram)) keep('videoram', videoram);
  if (hvm) for (const [key, absent] of Object.entries(HVM_DEFAULTS)) keep(key, settingOr(settings, key, absent));
  const localtime = settingOr(settings, 'localtime', 0);
  if (isTrue(localtime)) keep('localtime', localtime);
  const vhpt = settingOr(settings, 'vhpt', 0);
  if (vhpt !== 0) keep('vhpt', vhpt);
  const override = settingOr(settings, 'device_model_override', null);
  if (override !== null) keep('device_model', override);
  if ((hvm || hasFrameBuffer) && platform['device_model'] === undefined) platform['device_model'] = DEVICE_MODEL;
  return platform;
}
