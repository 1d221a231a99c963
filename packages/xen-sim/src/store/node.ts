import type { StorePermission } from '@xen-image/core';

/** A node's permissions: the owner's entry first, which also says what those without an entry may do. */
export type Permissions = readonly StorePermission[];

/** A node as requests see it. */
export interface StoreNode {
  /** One character a byte. */
  readonly value: string;
  readonly permissions: Permissions;
  /** The store's generation when the node was last written. */
  readonly generation: number;
}

/** Where requests find nodes and put them: the tree itself, or a transaction's view of it. */
export interface NodeSource {
  node(path: string): StoreNode | undefined;
  children(path: string): readonly string[] | undefined;
  /** Sets a node whose parent exists. A quiet change is not told to watches. */
  put(path: string, value: string, permissions: Permissions, quiet?: boolean): void;
  /** Removes a node and all below it. */
  delete(path: string): void;
}
