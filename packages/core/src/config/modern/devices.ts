import { createHash } from 'node:crypto';
import type { HostFacts } from '../../contract/host-facts.js';
import type { DiskConfig, NicConfig } from '../domain-config.js';
import { parseDisk } from '../text/specs/disk.js';
import { parseVif } from '../text/specs/vif.js';
import type { Settings } from './settings.js';

/** A MAC address in Xen's range that stays with the guest: made of its uuid and the interface's place. */
export function madeMac(uuid: string, index: number): string {
  const digest = createHash('sha256').update(`${uuid} ${index}`).digest();
  const octets = [0x00, 0x16, 0x3e, (digest[0] ?? 0) & 0x7f, digest[1] ?? 0, digest[2] ?? 0];
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/**
 * Reads the network interfaces. An interface of an HVM guest is emulated, and paravirtual beside it, unless its type
 * is `vif`.
 *
 * @throws XenImageError `CONFIG_VIF`, `CONFIG_MAC`
 */
export function readNics(settings: Settings, uuid: string, imageType: string, host: HostFacts): NicConfig[] {
  return settings.sources('vif').map((source, index) => {
    const vif = parseVif(source);
    const emulated = imageType === 'hvm' && vif.type !== 'vif';
    return {
      mac: vif.mac ?? madeMac(uuid, index),
      bridge: vif.bridge ?? host.options.defaultBridge,
      model: emulated ? (vif.model ?? 'rtl8139') : null,
      type: emulated ? 'emulated' : 'paravirtual',
      script: vif.script ?? null,
    };
  });
}

/** What a disk's target names: a path without a leading slash is one below /dev, as xl-disk-configuration(5) has it. */
function diskTarget(target: string, script: string | undefined): string | null {
  if (target === '') return null;
  return script !== undefined || target.startsWith('/') ? target : `/dev/${target}`;
}

/**
 * Reads the disks. What stands behind a disk must exist, unless a script makes it.
 *
 * @throws XenImageError `CONFIG_DISK`
 */
export function readDisks(settings: Settings): DiskConfig[] {
  return settings.sources('disk').map((source) => {
    const disk = parseDisk(source);
    const target = diskTarget(disk.target, disk.script);
    return {
      target,
      format: disk.format === 'empty' ? 'raw' : disk.format,
      vdev: disk.vdev,
      access: disk.readWrite ? 'rw' : 'ro',
      cdrom: disk.cdrom,
      requiredFile: target === null || disk.script !== undefined || target.startsWith('/dev/') ? null : target,
    };
  });
}
