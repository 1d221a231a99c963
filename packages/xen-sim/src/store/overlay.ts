import type { NodeSource, Permissions, StoreNode } from './node.js';
import { childPath, nameOf, parentOf } from './path.js';
import type { StoreTree } from './tree.js';

type Change =
  | { readonly put: string; readonly value: string; readonly permissions: Permissions; readonly quiet: boolean }
  | { readonly delete: string };

/**
 * A transaction: its changes over a tree, and what it saw of the tree.
 *
 * It commits only if everything that it saw is still so. Other clients' changes elsewhere do not disturb it: two
 * transactions may make different children of one node.
 */
export class Overlay {
  readonly #changes: Change[] = [];
  /** Nodes written and, as `null`, removed here. */
  readonly #nodes = new Map<string, StoreNode | null>();
  /** Generations of nodes seen in the tree; 0 for an absent one. */
  readonly #seen = new Map<string, number>();
  readonly #seenChildren = new Map<string, number>();

  /** The tree as the transaction sees it. */
  over(tree: StoreTree): NodeSource {
    return {
      node: (path) => this.#node(tree, path),
      children: (path) => this.#children(tree, path),
      put: (path, value, permissions, quiet = false) => {
        this.#changes.push({ put: path, value, permissions, quiet });
        this.#nodes.set(path, { value, permissions, generation: tree.generation });
      },
      delete: (path) => {
        this.#changes.push({ delete: path });
        this.#remove(tree, path);
      },
    };
  }

  /** Whether everything that the transaction saw is still so. */
  holds(tree: StoreTree): boolean {
    for (const [path, generation] of this.#seen) {
      if ((tree.node(path)?.generation ?? 0) !== generation) return false;
    }
    for (const [path, generation] of this.#seenChildren) {
      if (tree.childrenGeneration(path) !== generation) return false;
    }
    return true;
  }

  /** Makes the changes in the tree. Only where {@link Overlay.holds}. */
  applyTo(tree: StoreTree): void {
    for (const change of this.#changes) {
      if ('delete' in change) tree.delete(change.delete);
      else tree.put(change.put, change.value, change.permissions, change.quiet);
    }
  }

  #node(tree: StoreTree, path: string): StoreNode | undefined {
    const own = this.#nodes.get(path);
    if (own !== undefined) return own ?? undefined;
    const node = tree.node(path);
    if (!this.#seen.has(path)) this.#seen.set(path, node?.generation ?? 0);
    return node;
  }

  #children(tree: StoreTree, path: string): readonly string[] | undefined {
    if (this.#node(tree, path) === undefined) return undefined;
    const names = new Set<string>();
    const generation = tree.childrenGeneration(path);
    if (generation !== undefined && !this.#seenChildren.has(path)) this.#seenChildren.set(path, generation);
    for (const name of tree.children(path) ?? []) names.add(name);
    for (const [changed, node] of this.#nodes) {
      if (changed === '/' || parentOf(changed) !== path) continue;
      if (node === null) names.delete(nameOf(changed));
      else names.add(nameOf(changed));
    }
    return [...names];
  }

  /** Marks a node and all below it, so that none of them is looked for in the tree any more. */
  #remove(tree: StoreTree, path: string): void {
    for (const name of this.#children(tree, path) ?? []) this.#remove(tree, childPath(path, name));
    this.#nodes.set(path, null);
  }
}
