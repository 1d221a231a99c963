import { isJoined, isRef, type PermissionSpec, type StoreValue } from '@xen-image/core';
import { visible } from '../output/visible.js';

/** A value as a plan shows it: a result that is not known yet as `<name>`, an absent one as `(removed)`. */
export function shownValue(value: StoreValue): string {
  if (value === null) return '(removed)';
  if (isRef(value)) return `<${visible(value.ref)}>`;
  if (isJoined(value)) return `<${visible(value.join.ref)}>`;
  return visible(String(value));
}

/** A domid, or the placeholder for the guest's own. */
function shownDomid(domid: PermissionSpec['domid']): string {
  return isRef(domid) ? `<${visible(domid.ref)}>` : String(domid);
}

function letter({ read, write }: PermissionSpec): string {
  if (read) return write ? 'b' : 'r';
  return write ? 'w' : 'n';
}

/** Permissions as xenstore's programs write them: the owner with everybody's rights first, `n0,r<domid>`. */
export function shownPermissions(permissions: readonly PermissionSpec[] | undefined): string {
  if (permissions === undefined) return '';
  return permissions.map((entry) => `${letter(entry)}${shownDomid(entry.domid)}`).join(',');
}

/** `1 node`, `3 nodes` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
