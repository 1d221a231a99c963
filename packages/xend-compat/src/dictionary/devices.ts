import type { DiskConfig, NicConfig } from '@xen-image/core/plugin';
import type { Draft } from './draft.js';
import type { Dict, Json } from './input.js';
import { isDict, isTrue, iterate, toText } from './python.js';
import { missing, readDict, vmError, wrongType } from './refused.js';

/** The settings of the device that a reference names. */
function deviceInfo(vmConfig: Dict, ref: Json, list: string): Dict {
  const devices = readDict(vmConfig, 'devices');
  const device = typeof ref === 'string' && Object.hasOwn(devices, ref) ? devices[ref] : undefined;
  if (device === undefined) throw missing(`device ${toText(ref)}, which ${list} names`);
  const info = Array.isArray(device) ? (device as readonly Json[])[1] : undefined;
  if (!isDict(info)) throw wrongType(`device ${toText(ref)}`, device, 'a class with its settings');
  return info;
}

function references(vmConfig: Dict, list: string): readonly Json[] {
  const raw = vmConfig[list];
  if (raw === undefined) throw missing(list);
  const refs = iterate(raw);
  if (refs === undefined) throw wrongType(list, raw, 'a list');
  return refs;
}

/** Disks in order. Only those that an HVM guest has are looked at, and only at the file of some. */
export function readDisks(vmConfig: Dict, draft: Draft): void {
  for (const ref of references(vmConfig, 'vbd_refs')) {
    const info = deviceInfo(vmConfig, ref, 'vbd_refs');
    draft.disks.push(disk(info, requiredFile(info['uname'])));
  }
}

/**
 * The file that must be there: where `file:` stands anywhere in the name, what follows the name's first colon. So
 * `tap:file:/x` looks for a file called `file:/x`.
 */
function requiredFile(uname: Json | undefined): string | null {
  if (uname === undefined || uname === null) return null;
  if (typeof uname === 'string') return uname.includes('file:') ? uname.slice(uname.indexOf(':') + 1) : null;
  const members = iterate(uname);
  if (members === undefined || members.includes('file:')) throw wrongType('uname', uname, 'a text');
  return null;
}

const FORMATS: Readonly<Record<string, DiskConfig['format']>> = { qcow: 'qcow', qcow2: 'qcow2', vhd: 'vhd' };

/** What stands behind a name: `phy:DEVICE`, `file:PATH` or `tap:DRIVER:PATH`. */
function backing(uname: Json | undefined): Pick<DiskConfig, 'target' | 'format'> {
  if (typeof uname !== 'string' || uname === '') return { target: null, format: 'raw' };
  const first = uname.indexOf(':');
  if (!uname.startsWith('tap:')) return { target: uname.slice(first + 1), format: 'raw' };
  const second = uname.indexOf(':', first + 1);
  if (second === -1) return { target: uname.slice(first + 1), format: 'raw' };
  return { target: uname.slice(second + 1), format: FORMATS[uname.slice(first + 1, second)] ?? 'raw' };
}

function disk(info: Dict, requiredFile: string | null): DiskConfig {
  const dev = typeof info['dev'] === 'string' ? info['dev'] : '';
  const [vdev = '', kind] = (dev.startsWith('ioemu:') ? dev.slice('ioemu:'.length) : dev).split(':');
  const { target, format } = backing(info['uname']);
  return {
    target,
    format,
    vdev,
    access: typeof info['mode'] === 'string' && info['mode'].startsWith('w') ? 'rw' : 'ro',
    cdrom: kind === 'cdrom',
    requiredFile,
  };
}

/** Interfaces in order. Those whose `type` is neither `ioemu` nor absent are not the device model's. */
export function readNics(vmConfig: Dict, draft: Draft): void {
  for (const ref of references(vmConfig, 'vif_refs')) {
    const info = deviceInfo(vmConfig, ref, 'vif_refs');
    const emulated = info['type'] === undefined || info['type'] === 'ioemu';
    const mac = info['mac'] ?? null;
    if (emulated && mac === null) {
      throw vmError(
        'XEND_NIC_WITHOUT_MAC',
        'MAC address not specified or generated.',
        'Give each emulated interface a mac.',
      );
    }
    draft.nics.push(nic(info, emulated, mac));
  }
}

function nic(info: Dict, emulated: boolean, mac: Json): NicConfig {
  return {
    mac: mac === null ? '' : toText(mac),
    bridge: info['bridge'] === undefined ? 'xenbr0' : toText(info['bridge']),
    model: !emulated ? null : info['model'] === undefined ? 'rtl8139' : toText(info['model']),
    type: emulated ? 'emulated' : 'paravirtual',
    script: info['script'] !== undefined && isTrue(info['script']) ? toText(info['script']) : null,
  };
}

/**
 * Disks and interfaces of a guest whose image handler never looked at them: what can be read of them, and nothing
 * about the rest.
 */
export function readDevicesLeniently(vmConfig: Dict, draft: Draft): void {
  const devices = vmConfig['devices'];
  if (!isDict(devices)) return;
  for (const info of infos(devices, vmConfig['vbd_refs'])) draft.disks.push(disk(info, null));
  for (const info of infos(devices, vmConfig['vif_refs'])) draft.nics.push(nic(info, false, info['mac'] ?? null));
}

function infos(devices: Dict, refs: Json | undefined): Dict[] {
  if (!Array.isArray(refs)) return [];
  const found: Dict[] = [];
  for (const ref of refs as readonly Json[]) {
    const device = typeof ref === 'string' && Object.hasOwn(devices, ref) ? devices[ref] : undefined;
    const info = Array.isArray(device) ? (device as readonly Json[])[1] : undefined;
    if (isDict(info)) found.push(info);
  }
  return found;
}
