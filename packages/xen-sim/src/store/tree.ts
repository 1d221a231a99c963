import type { NodeSource, Permissions, StoreNode } from './node.js';
import { childPath, nameOf, parentOf } from './path.js';

/** A change as watches are told it. */
export interface StoreChange {
  readonly path: string;
  /** Told to watches of this very path alone: a node removed with one above it. */
  readonly exact: boolean;
  /** The node's permissions before, which decide who is told of a removal. */
  readonly permissions: Permissions;
}

interface TreeNode extends StoreNode {
  readonly children: Set<string>;
  /** Moves when a child comes or goes. */
  childrenGeneration: number;
}

/** A node as a file keeps it. */
export interface StoredNode extends StoreNode {
  readonly path: string;
  readonly childrenGeneration: number;
}

/** Permissions of the root, and so of everything that nobody gave others: domain 0 alone. */
const ROOT_PERMISSIONS: Permissions = Object.freeze([{ domid: 0, read: false, write: false }]);

/** The nodes of a store by path. */
export class StoreTree implements NodeSource {
  readonly #nodes = new Map<string, TreeNode>();
  /** Paths of nodes that a domain other than 0 owns. */
  readonly #owned = new Map<number, Set<string>>();
  /** Counts writes. */
  generation = 0;
  /** Changes that watches have not been told of yet. */
  readonly changes: StoreChange[] = [];

  constructor() {
    this.#nodes.set('/', {
      value: '',
      permissions: ROOT_PERMISSIONS,
      generation: 0,
      children: new Set(),
      childrenGeneration: 0,
    });
  }

  /** A tree of stored nodes, each after the one above it. */
  static from(nodes: Iterable<StoredNode>, generation: number): StoreTree {
    const tree = new StoreTree();
    for (const { path, value, permissions, generation: own, childrenGeneration } of nodes) {
      tree.#nodes.set(path, { value, permissions, generation: own, children: new Set(), childrenGeneration });
      if (path !== '/') tree.#nodes.get(parentOf(path))?.children.add(nameOf(path));
      tree.#own(path, undefined, permissions);
    }
    tree.generation = generation;
    return tree;
  }

  /** Nodes in it, the root included. */
  get size(): number {
    return this.#nodes.size;
  }

  node(path: string): StoreNode | undefined {
    return this.#nodes.get(path);
  }

  children(path: string): readonly string[] | undefined {
    const node = this.#nodes.get(path);
    return node === undefined ? undefined : [...node.children];
  }

  /** Moves when children of the node come or go; `undefined` where the node does not exist. */
  childrenGeneration(path: string): number | undefined {
    return this.#nodes.get(path)?.childrenGeneration;
  }

  put(path: string, value: string, permissions: Permissions, quiet = false): void {
    const present = this.#nodes.get(path);
    this.generation += 1;
    this.#nodes.set(path, {
      value,
      permissions,
      generation: this.generation,
      children: present?.children ?? new Set(),
      childrenGeneration: present?.childrenGeneration ?? this.generation,
    });
    if (present === undefined) {
      const parent = this.#nodes.get(parentOf(path));
      if (parent === undefined) throw new Error(`no node above ${path}`);
      parent.children.add(nameOf(path));
      parent.childrenGeneration = this.generation;
    }
    this.#own(path, present?.permissions, permissions);
    if (!quiet) this.changes.push({ path, exact: false, permissions: present?.permissions ?? permissions });
  }

  delete(path: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined || path === '/') return;
    this.generation += 1;
    const parent = this.#nodes.get(parentOf(path));
    parent?.children.delete(nameOf(path));
    if (parent !== undefined) parent.childrenGeneration = this.generation;
    this.#deleteBelow(path, node);
    this.#forget(path, node);
    this.changes.push({ path, exact: false, permissions: node.permissions });
  }

  /** How many nodes a domain owns. */
  ownedBy(domid: number): number {
    return this.#owned.get(domid)?.size ?? 0;
  }

  /** Paths of the nodes that a domain owns. Domain 0's are not counted. */
  pathsOwnedBy(domid: number): readonly string[] {
    return [...(this.#owned.get(domid) ?? [])];
  }

  /** All nodes, each after the one above it, children in the order in which they came. */
  *entries(path = '/'): Iterable<readonly [path: string, node: StoreNode]> {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    yield [path, node];
    for (const name of node.children) yield* this.entries(childPath(path, name));
  }

  /** All nodes as {@link StoreTree.from} takes them. */
  *stored(): Iterable<StoredNode> {
    for (const [path, { value, permissions, generation }] of this.entries()) {
      yield { path, value, permissions, generation, childrenGeneration: this.childrenGeneration(path) ?? generation };
    }
  }

  #deleteBelow(path: string, node: TreeNode): void {
    for (const name of node.children) {
      const child = childPath(path, name);
      const below = this.#nodes.get(child);
      if (below === undefined) continue;
      this.#deleteBelow(child, below);
      this.#forget(child, below);
      this.changes.push({ path: child, exact: true, permissions: below.permissions });
    }
  }

  #forget(path: string, node: TreeNode): void {
    this.#nodes.delete(path);
    this.#own(path, node.permissions, undefined);
  }

  #own(path: string, before: Permissions | undefined, after: Permissions | undefined): void {
    const from = before?.[0]?.domid ?? 0;
    const to = after?.[0]?.domid ?? 0;
    if (from === to) return;
    const paths = this.#owned.get(from);
    paths?.delete(path);
    if (paths?.size === 0) this.#owned.delete(from);
    if (to === 0) return;
    const own = this.#owned.get(to) ?? new Set();
    own.add(path);
    this.#owned.set(to, own);
  }
}
