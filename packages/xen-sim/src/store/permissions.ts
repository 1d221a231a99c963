import type { StorePermission } from '@xen-image/core';
import type { Permissions, StoreNode } from './node.js';

/** What a request needs of a node. */
export type Right = 'read' | 'write' | 'own';

/** Which incarnation of each domid lives: the store's generation at its creation. */
export type Lives = ReadonlyMap<number, number>;

/**
 * Whether a domain has a right to a node: xenstored's perm_for_conn.
 *
 * Domain 0 and the owner have all rights. Another domain has those of its entry, or those that the owner's entry gives
 * everybody. An entry older than the domain does not speak of it: its domid belonged to another domain then.
 */
export function allows(
  node: Pick<StoreNode, 'permissions' | 'generation'>,
  domid: number,
  right: Right,
  lives: Lives,
): boolean {
  if (domid === 0) return true;
  const [owner, ...others] = node.permissions;
  if (owner?.domid === domid) return true;
  if (right === 'own' || owner === undefined) return false;
  const own = others.find((entry) => entry.domid === domid && isCurrent(entry, node.generation, lives));
  return (own ?? owner)[right];
}

function isCurrent({ domid }: StorePermission, generation: number, lives: Lives): boolean {
  const since = lives.get(domid);
  return since !== undefined && since <= generation;
}

const LETTERS = { n: [false, false], r: [true, false], w: [false, true], b: [true, true] } as const;
const SPELLING = /^([nrwb])(\d{1,5})$/;

/** Spells an entry as on the wire: `n0`, `r5`, `w5`, `b5`. */
export function spellPermission({ domid, read, write }: StorePermission): string {
  return `${read ? (write ? 'b' : 'r') : write ? 'w' : 'n'}${domid}`;
}

/** Reads a spelling; `undefined` for a text that is none. */
export function parsePermission(text: string): StorePermission | undefined {
  const match = SPELLING.exec(text);
  if (match === null) return undefined;
  const [read, write] = LETTERS[match[1] as keyof typeof LETTERS];
  return { domid: Number(match[2]), read, write };
}

/** Spells a list, a blank between entries. */
export function spellPermissions(permissions: Permissions): string {
  return permissions.map(spellPermission).join(' ');
}

/** Reads a spelled list; entries that are none are left out. */
export function parsePermissions(spelling: string): Permissions {
  return freezePermissions(spelling.split(' ').flatMap((text) => parsePermission(text) ?? []));
}

/** A list that nothing changes any more. */
export function freezePermissions(permissions: readonly StorePermission[]): Permissions {
  return Object.freeze(permissions.map(({ domid, read, write }) => Object.freeze({ domid, read, write })));
}
