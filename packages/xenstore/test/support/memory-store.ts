import type { StorePermission } from '@xen-image/core';
import type { Caller, StoreBackend } from '../../src/server.js';

interface Node {
  value: Uint8Array;
  permissions: readonly StorePermission[];
  readonly children: Set<string>;
}

interface Change {
  readonly path: string;
  readonly removed: boolean;
}

interface Open {
  readonly tree: Map<string, Node>;
  readonly startedAt: number;
  readonly changes: Change[];
}

interface WatchEntry {
  readonly domid: number;
  readonly path: string;
  readonly fire: (path: string) => void;
}

function refuse(errno: string): never {
  throw Object.assign(new Error(errno), { code: errno });
}

const copy = (tree: ReadonlyMap<string, Node>): Map<string, Node> =>
  new Map([...tree].map(([path, node]) => [path, { ...node, children: new Set(node.children) }]));
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const isBelow = (path: string, parent: string): boolean =>
  parent === '/' || path === parent || path.startsWith(`${parent}/`);

/** A store in memory, as small as the protocol allows; transactions copy the tree and conflict with any change. */
export class MemoryStore implements StoreBackend {
  #tree = new Map<string, Node>();
  readonly #open = new Map<number, Open>();
  readonly #watches = new Set<WatchEntry>();
  readonly #specials = new Map<string, readonly StorePermission[]>();
  readonly #introduced = new Set<number>();
  #clock = 0;
  #lastTransaction = 0;

  constructor() {
    this.#tree.set('/', { value: new Uint8Array(), permissions: [dom0()], children: new Set() });
  }

  get openTransactions(): number {
    return this.#open.size;
  }

  get watches(): number {
    return this.#watches.size;
  }

  read(caller: Caller, path: string): Uint8Array {
    return this.#node(caller, path, 'read').value;
  }

  write(caller: Caller, path: string, value: Uint8Array): void {
    this.#make(caller, path).value = Uint8Array.from(value);
    this.#changed(caller, { path, removed: false });
  }

  mkdir(caller: Caller, path: string): void {
    if (this.#treeOf(caller).has(path)) return;
    this.#make(caller, path);
    this.#changed(caller, { path, removed: false });
  }

  rm(caller: Caller, path: string): void {
    const tree = this.#treeOf(caller);
    if (!tree.has(path)) {
      if (!tree.has(parentOf(path))) refuse('ENOENT');
      return;
    }
    this.#node(caller, path, 'write');
    for (const below of [...tree.keys()]) if (isBelow(below, path)) tree.delete(below);
    tree.get(parentOf(path))?.children.delete(nameOf(path));
    this.#changed(caller, { path, removed: true });
  }

  directory(caller: Caller, path: string): readonly string[] {
    return [...this.#node(caller, path, 'read').children];
  }

  getPerms(caller: Caller, path: string): readonly StorePermission[] {
    if (path.startsWith('@')) return this.#specials.get(path) ?? [dom0()];
    return this.#node(caller, path, 'read').permissions;
  }

  setPerms(caller: Caller, path: string, permissions: readonly StorePermission[]): void {
    if (path.startsWith('@')) {
      this.#specials.set(path, permissions);
      return;
    }
    const node = this.#node(caller, path, 'write');
    if (caller.domid !== 0 && node.permissions[0]?.domid !== caller.domid) refuse('EACCES');
    node.permissions = permissions;
    this.#changed(caller, { path, removed: false });
  }

  startTransaction(): number {
    this.#lastTransaction += 1;
    this.#open.set(this.#lastTransaction, {
      tree: copy(this.#tree),
      startedAt: this.#clock,
      changes: [],
    });
    return this.#lastTransaction;
  }

  endTransaction(_domid: number, id: number, commit: boolean): void {
    const open = this.#open.get(id) ?? refuse('ENOENT');
    this.#open.delete(id);
    if (!commit || open.changes.length === 0) return;
    if (this.#clock !== open.startedAt) refuse('EAGAIN');
    this.#clock += 1;
    this.#tree = open.tree;
    for (const change of open.changes) this.#fire(change);
  }

  watch(domid: number, path: string, fire: (path: string) => void): () => void {
    const entry = { domid, path, fire };
    this.#watches.add(entry);
    return () => void this.#watches.delete(entry);
  }

  introduce(domid: number): void {
    this.#introduced.add(domid);
    this.#fire({ path: '@introduceDomain', removed: false });
  }

  release(domid: number): void {
    if (!this.#introduced.delete(domid)) refuse('ENOENT');
    this.#fire({ path: '@releaseDomain', removed: false });
  }

  resume(domid: number): void {
    if (!this.#introduced.has(domid)) refuse('ENOENT');
  }

  isIntroduced(domid: number): boolean {
    return domid === 0 || this.#introduced.has(domid);
  }

  #treeOf(caller: Caller): Map<string, Node> {
    if (caller.transactionId === 0) return this.#tree;
    return (this.#open.get(caller.transactionId) ?? refuse('ENOENT')).tree;
  }

  #node(caller: Caller, path: string, right: 'read' | 'write'): Node {
    const node = this.#treeOf(caller).get(path) ?? refuse('ENOENT');
    return allowed(node, caller.domid, right) ? node : refuse('EACCES');
  }

  #make(caller: Caller, path: string): Node {
    const tree = this.#treeOf(caller);
    const there = tree.get(path);
    if (there !== undefined) return this.#node(caller, path, 'write');
    const parent = tree.get(parentOf(path)) ?? this.#make(caller, parentOf(path));
    if (!allowed(parent, caller.domid, 'write')) refuse('EACCES');
    const [owner = dom0(), ...others] = parent.permissions;
    const node: Node = {
      value: new Uint8Array(),
      permissions: [caller.domid === 0 ? owner : { ...owner, domid: caller.domid }, ...others],
      children: new Set(),
    };
    parent.children.add(nameOf(path));
    tree.set(path, node);
    return node;
  }

  #changed(caller: Caller, change: Change): void {
    if (caller.transactionId !== 0) {
      this.#open.get(caller.transactionId)?.changes.push(change);
      return;
    }
    this.#clock += 1;
    this.#fire(change);
  }

  #fire({ path, removed }: Change): void {
    for (const watch of [...this.#watches]) {
      const node = this.#tree.get(path) ?? this.#tree.get(parentOf(path));
      if (node !== undefined && !path.startsWith('@') && !allowed(node, watch.domid, 'read')) continue;
      if (isBelow(path, watch.path)) watch.fire(path);
      else if (removed && isBelow(watch.path, path)) watch.fire(watch.path);
    }
  }
}

function dom0(): StorePermission {
  return { domid: 0, read: false, write: false };
}

function allowed({ permissions }: Node, domid: number, right: 'read' | 'write'): boolean {
  const [owner] = permissions;
  if (domid === 0 || owner?.domid === domid) return true;
  return (permissions.slice(1).find((entry) => entry.domid === domid) ?? owner)?.[right] === true;
}
