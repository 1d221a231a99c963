import { XenImageError } from '@xen-image/core';
import type { StorePermission } from '@xen-image/core';
import { quote } from './path.js';

/**
 * One entry of a node's permissions: `{ domid, read, write }`, or the protocol's own spelling: one of the letters `n`
 * (none), `r`, `w`, `b` (both) before the domid, as in `r5`.
 *
 * The first entry of a list names the owner, who may do everything, and in its letter what all domains without an
 * entry of their own may do.
 */
export type Permission = StorePermission | string;

const SPELLING = /^([nrwb])(0|[1-9][0-9]{0,4})$/;

/** Reads the protocol's spelling; `undefined` for a text that is none. */
export function parsePermission(text: string): StorePermission | undefined {
  const [, letter, digits] = SPELLING.exec(text) ?? [];
  if (letter === undefined || digits === undefined) return undefined;
  const domid = Number(digits);
  if (domid > 0xffff) return undefined;
  return { domid, read: letter === 'r' || letter === 'b', write: letter === 'w' || letter === 'b' };
}

/**
 * Spells a permission for the wire.
 *
 * @throws XenImageError `XENSTORE_PERMISSIONS_INVALID` for a text that is no permission or a domid beyond 0 to 65535
 */
export function formatPermission(permission: Permission): string {
  if (typeof permission === 'string') {
    if (parsePermission(permission) === undefined) throw invalid(`${quote(permission)} is not a permission`);
    return permission;
  }
  const { domid, read, write } = permission;
  if (!Number.isInteger(domid) || domid < 0 || domid > 0xffff) throw invalid(`there is no domid ${String(domid)}`);
  return `${read ? (write ? 'b' : 'r') : write ? 'w' : 'n'}${domid}`;
}

/**
 * Spells a list of permissions.
 *
 * @throws XenImageError `XENSTORE_PERMISSIONS_INVALID` for an empty list, which would leave the node without an owner
 */
export function formatPermissions(permissions: readonly Permission[]): string[] {
  if (permissions.length === 0) throw invalid('a node has at least one permission, that of its owner');
  return permissions.map(formatPermission);
}

function invalid(what: string): XenImageError {
  return new XenImageError('XENSTORE_PERMISSIONS_INVALID', what, {
    hint: 'A permission is one of the letters n, r, w, b and a domid, for example r5.',
  });
}
