import type { StorePermission } from '@xen-image/core';

/** A value, now or later. */
export type Awaitable<T> = T | Promise<T>;

/** Who asks, and within which transaction. */
export interface Caller {
  /** The domain that the connection belongs to; 0 has all rights. */
  readonly domid: number;
  /** A number that `startTransaction` gave; 0 for none. */
  readonly transactionId: number;
}

/**
 * A store that can be served over the wire protocol.
 *
 * Paths are valid and absolute. A method that cannot do what it is asked throws (or rejects with) an error that carries
 * the name of an errno of xs_wire.h: a `XenImageError` by its `errno`, another error by its `code`. Anything else
 * reaches the client as `EIO`.
 */
export interface StoreBackend {
  /** A node's value. `ENOENT` where there is no such node. */
  read(caller: Caller, path: string): Awaitable<Uint8Array>;
  /** Sets a value; makes missing nodes, with their parent's permissions. */
  write(caller: Caller, path: string, value: Uint8Array): Awaitable<void>;
  /** Makes a node, and missing parents; one that exists stays as it is. */
  mkdir(caller: Caller, path: string): Awaitable<void>;
  /** Removes a node and all below it. `ENOENT` only where its parent does not exist either. */
  rm(caller: Caller, path: string): Awaitable<void>;
  /** The names of a node's children. */
  directory(caller: Caller, path: string): Awaitable<readonly string[]>;
  /** A node's permissions, its owner's first; the path may be a special one. */
  getPerms(caller: Caller, path: string): Awaitable<readonly StorePermission[]>;
  /** Sets all of a node's permissions; the path may be a special one. */
  setPerms(caller: Caller, path: string, permissions: readonly StorePermission[]): Awaitable<void>;
  /** Starts a transaction and answers its number, from 1 to 4294967295; numbers of open transactions differ. */
  startTransaction(domid: number): Awaitable<number>;
  /** Ends a transaction. `EAGAIN` where it cannot be committed because of another client's changes. */
  endTransaction(domid: number, transactionId: number, commit: boolean): Awaitable<void>;
  /**
   * Calls `fire` with the path of every change at the path or below it that the domain may see, or with the special
   * path itself. The server sends the first event of a watch by itself.
   *
   * @returns what ends the watch
   */
  watch(domid: number, path: string, fire: (path: string) => void): () => void;
  /** A domain was introduced (callers other than domain 0 are refused before). */
  introduce(domid: number, frame: bigint, port: number): Awaitable<void>;
  /** A domain is gone. */
  release(domid: number): Awaitable<void>;
  /** A domain's next shutdown is to be announced again. */
  resume(domid: number): Awaitable<void>;
  /** Whether a domain was introduced and not released. */
  isIntroduced(domid: number): Awaitable<boolean>;
}
