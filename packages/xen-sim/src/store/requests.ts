import { storeError } from './errors.js';
import type { NodeSource, Permissions, StoreNode } from './node.js';
import { checkPath, isSpecial, parentOf } from './path.js';
import { allows, freezePermissions, type Right } from './permissions.js';
import type { StoreState } from './state.js';

/** Most bytes of a message without its header (XENSTORE_PAYLOAD_MAX). */
const PAYLOAD_BYTES = 4096;

/** Who asks, and where: the tree itself or a transaction's view. */
export interface StoreAccess {
  readonly store: StoreState;
  readonly source: NodeSource;
  /** 0 for the control domain, which may do everything. */
  readonly domid: number;
}

/** A node's value; `undefined` where it does not exist. */
export function readNode(access: StoreAccess, path: string): string | undefined {
  return find(access, path, 'read', 'READ')?.value;
}

/** Names of a node's children; `undefined` where it does not exist. */
export function listNode(access: StoreAccess, path: string): readonly string[] | undefined {
  return find(access, path, 'read', 'DIRECTORY') === undefined ? undefined : access.source.children(path);
}

/** A node's permissions; `undefined` where it does not exist. */
export function nodePermissions(access: StoreAccess, path: string): Permissions | undefined {
  if (isSpecial(path)) return access.store.special.get(path);
  return find(access, path, 'read', 'GET_PERMS')?.permissions;
}

/** Sets a value, one character a byte; a node that does not exist is made, with those above it that do not exist either. */
export function writeNode(access: StoreAccess, path: string, value: string): void {
  const present = find(access, path, 'write', 'WRITE');
  checkSize(access, path, value);
  if (present !== undefined) access.source.put(path, value, present.permissions);
  else makeNode(access, path, value, 'WRITE');
}

/** Makes a node with an empty value where it does not exist. */
export function makeDirectory(access: StoreAccess, path: string): void {
  if (find(access, path, 'write', 'MKDIR') === undefined) makeNode(access, path, '', 'MKDIR');
}

/**
 * Removes a node and all below it.
 *
 * @returns whether there was one
 */
export function removeNode(access: StoreAccess, path: string): boolean {
  const present = find(access, path, 'write', 'RM');
  if (path === '/') throw storeError('EINVAL', 'RM', path, 'the root is not removed');
  if (present !== undefined) access.source.delete(path);
  return present !== undefined;
}

/** Sets a node's permissions. The owner and domain 0 may; only domain 0 changes the owner. */
export function setNodePermissions(access: StoreAccess, path: string, permissions: Permissions): void {
  const { store, source, domid } = access;
  const call = 'SET_PERMS';
  const [owner] = permissions;
  if (owner === undefined) throw storeError('EINVAL', call, path, 'permissions begin with the owner');
  if (domid !== 0 && permissions.length > store.quotas.permissions) throw storeError('ENOSPC', call, path);
  if (owner.domid !== 0 && !store.lives.has(owner.domid)) {
    throw storeError('ENOENT', call, path, `there is no domain ${owner.domid} to own it`);
  }
  if (isSpecial(path)) {
    if (domid !== 0) throw storeError('EACCES', call, path);
    store.special.set(path, freezePermissions(permissions));
    return;
  }
  const node = find(access, path, 'own', call);
  if (node === undefined) throw storeError('ENOENT', call, path);
  if (domid !== 0 && owner.domid !== node.permissions[0]?.domid) {
    throw storeError('EPERM', call, path, 'only the control domain changes the owner');
  }
  source.put(path, node.value, freezePermissions(permissions));
}

/**
 * A node that must be reachable with a right. One that does not exist is told only to those who have the right to the
 * nearest node above it (errno_from_parents).
 */
function find({ store, source, domid }: StoreAccess, path: string, right: Right, call: string): StoreNode | undefined {
  checkPath(path, call);
  const node = source.node(path);
  const judged = node ?? nearestAbove(source, path);
  const needed = node === undefined && right === 'own' ? 'write' : right;
  if (!allows(judged, domid, needed, store.lives)) throw storeError('EACCES', call, path);
  return node;
}

/** The nearest node above a path; the root is always there. */
function nearestAbove(source: NodeSource, path: string): StoreNode {
  for (let at = parentOf(path); ; at = parentOf(at)) {
    const node = source.node(at);
    if (node !== undefined) return node;
  }
}

function makeNode(access: StoreAccess, path: string, value: string, call: string): void {
  const { store, source, domid } = access;
  const missing: string[] = [];
  let above: StoreNode | undefined;
  for (let at = path; above === undefined; at = parentOf(at)) {
    above = source.node(at);
    if (above === undefined) missing.unshift(at);
  }
  if (domid !== 0 && store.tree.ownedBy(domid) + missing.length > store.quotas.nodes) {
    throw storeError('ENOSPC', call, path);
  }
  const permissions = domid === 0 ? above.permissions : ownedBy(domid, above.permissions);
  for (const at of missing) source.put(at, at === path ? value : '', permissions, at !== path);
}

/** A guest owns what it makes; the rest is inherited. */
function ownedBy(domid: number, [owner, ...others]: Permissions): Permissions {
  return freezePermissions([{ read: false, write: false, ...owner, domid }, ...others]);
}

function checkSize({ store, domid }: StoreAccess, path: string, value: string): void {
  const bytes = value.length;
  if (path.length + 1 + bytes > PAYLOAD_BYTES) throw storeError('E2BIG', 'WRITE', path);
  if (domid !== 0 && bytes > store.quotas.valueBytes) throw storeError('ENOSPC', 'WRITE', path);
}
