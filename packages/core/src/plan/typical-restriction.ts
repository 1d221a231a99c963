import type { Restriction } from '../contract/device-model.js';

/**
 * User and group of a device model of domain 0, if it had one, where a host sets no others aside; that of a domain is its
 * domid more. 0x7a000000: above what directory services and containers give out, below what systemd keeps.
 */
export const FIRST_DEVICE_MODEL_UID = 0x7a00_0000;

/** `UID:GID` of a domain's device model; with a placeholder, the sum that it will be. */
export function ownUser(firstUid: number, domid: number | string): string {
  const uid = typeof domid === 'number' ? String(firstUid + domid) : `${firstUid}+${domid}`;
  return `${uid}:${uid}`;
}

/** What a device model gives up on a host of which nothing else is known: today's QEMU of Debian's, no user set aside. */
export function typicalRestriction(domid: number | string): Restriction {
  return {
    chroot: `/var/run/xen/qemu-root-${domid}`,
    user: ownUser(FIRST_DEVICE_MODEL_UID, domid),
    ownUser: true,
    sandbox: false,
    runWith: false,
  };
}
