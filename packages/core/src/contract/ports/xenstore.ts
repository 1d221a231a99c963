/** One entry of a node's permissions; the first entry of a list names the owner and everybody else's rights. */
export interface StorePermission {
  readonly domid: number;
  readonly read: boolean;
  readonly write: boolean;
}

/** A node to be written. Missing parents are made, with the permissions of their nearest existing ancestor. */
export interface StoreWrite {
  readonly path: string;
  /**
   * `null` removes the node and all below it; absent nodes are passed over. Where there is none the value stays, and the
   * permissions alone are set.
   */
  readonly value?: string | null;
  /** Set after the write; the node's inherited permissions where not given. */
  readonly permissions?: readonly StorePermission[];
}

/** A change that a watch reports. */
export interface StoreEvent {
  readonly path: string;
  readonly token: string;
}

/** How requests are sent. */
export interface StoreOptions {
  readonly signal?: AbortSignal;
}

/**
 * The xenstore tree.
 *
 * Paths are absolute, without a trailing slash, of at most 3072 bytes of the characters that xenstore allows.
 * Rejections are `XenImageError`s of code `XENSTORE_FAILED` (or a narrower one) with the request as `call`, the path
 * in `data.path` and the errno.
 */
export interface XenStore {
  /** A node's value; `undefined` where it does not exist. */
  read(path: string, options?: StoreOptions): Promise<string | undefined>;
  /** The names of a node's children; `undefined` where it does not exist. */
  list(path: string, options?: StoreOptions): Promise<readonly string[] | undefined>;
  /** A node's permissions; `undefined` where it does not exist. */
  permissions(path: string, options?: StoreOptions): Promise<readonly StorePermission[] | undefined>;
  /** Writes many nodes, in order, as one batch (pipelined; atomically where `transaction` is set). */
  write(writes: readonly StoreWrite[], options?: StoreOptions & { readonly transaction?: boolean }): Promise<void>;
  setPermissions(path: string, permissions: readonly StorePermission[], options?: StoreOptions): Promise<void>;
  /** Removes a node and all below it; one that does not exist is passed over. */
  remove(path: string, options?: StoreOptions): Promise<void>;
  /**
   * Runs `body` in a transaction and commits; starts anew where another client interfered (`EAGAIN`), up to a bound.
   * An error from `body` aborts the transaction and is passed on.
   */
  transaction<T>(body: (store: StoreTransaction) => Promise<T>, options?: StoreOptions): Promise<T>;
  /** Changes at a path and below it, first one event for the present state. Ends when the signal aborts. */
  watch(path: string, options?: StoreOptions): AsyncIterable<StoreEvent>;
  /** Tells xenstore of a new domain: its ring's frame and event channel port. */
  introduce(domid: number, storeFrame: number, storePort: number, options?: StoreOptions): Promise<void>;
  /** Lets xenstore tell of a domain's next shutdown, where it has told of one after which the domain goes on. */
  resume(domid: number, options?: StoreOptions): Promise<void>;
  /** Tells xenstore that a domain is gone. */
  release(domid: number, options?: StoreOptions): Promise<void>;
}

/** The requests that may stand in a transaction. They are carried out in the order in which they are made. */
export type StoreTransaction = Pick<XenStore, 'read' | 'list' | 'permissions' | 'write' | 'setPermissions' | 'remove'>;
