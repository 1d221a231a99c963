import type { Permissions } from './node.js';
import type { StoreQuotas } from './quotas.js';
import type { StoreTree } from './tree.js';

/** A domain that the store was told of. */
export interface Introduction {
  readonly frame: number;
  readonly port: number;
  /** Whether its shutdown was told to watches. */
  shutDown: boolean;
}

/** A store: its tree, and the domains that it knows. */
export interface StoreState {
  readonly tree: StoreTree;
  readonly quotas: StoreQuotas;
  readonly introduced: Map<number, Introduction>;
  /** Domains that exist, each with the store's generation at its creation. */
  readonly lives: Map<number, number>;
  /** Permissions of `@introduceDomain` and `@releaseDomain` where they were set. */
  readonly special: Map<string, Permissions>;
}
