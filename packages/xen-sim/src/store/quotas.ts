/** What a guest may take of the store; domain 0 is not counted. xenstored's defaults. */
export interface StoreQuotas {
  /** Nodes that a domain owns. */
  readonly nodes: number;
  /** Bytes of a node's value. */
  readonly valueBytes: number;
  /** Watches of a domain. */
  readonly watches: number;
  /** Entries of a node's permissions. */
  readonly permissions: number;
}

/** xenstored 4.17: `--entry-nb`, `--entry-size`, `--watch-nb`, `--perm-nb`. */
export const DEFAULT_QUOTAS: StoreQuotas = { nodes: 1000, valueBytes: 2048, watches: 128, permissions: 5 };
