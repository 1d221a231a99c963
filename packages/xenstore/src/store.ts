import type { StorePermission } from '@xen-image/core';
import { batchAnswers, compileBatch, isAbsent } from './batch.js';
import type { BatchAnswers, BatchOperation } from './batch.js';
import { listDirectory } from './directory.js';
import type { Permission } from './permissions.js';
import {
  getPermsRequest,
  ifThere,
  mkdirRequest,
  readBytesRequest,
  readRequest,
  rmRequest,
  setPermsRequest,
  writeRequest,
} from './requests.js';
import type { Request } from './requests.js';
import type { Outcome } from './send.js';

/** How a request is made. */
export interface RequestOptions {
  /**
   * Gives the request up: it rejects with `ABORTED` at once. A request that has left is carried out all the same.
   */
  readonly signal?: AbortSignal;
}

/**
 * Requests to the tree, those of a client and of a transaction.
 *
 * Requests made in one turn of the event loop leave together and are carried out in order; nothing waits for an answer
 * before. Each rejects with a `XenImageError`: `XENSTORE_PATH_INVALID`, `XENSTORE_PAYLOAD_TOO_BIG` or
 * `XENSTORE_PERMISSIONS_INVALID` before anything is sent; the daemon's refusal (`XENSTORE_NOENT`, `XENSTORE_ACCES`, …,
 * with `errno`, `call` and `data.path`); `XENSTORE_DISCONNECTED`, `XENSTORE_TIMEOUT` or `XENSTORE_PROTOCOL` where the
 * connection ended; `XENSTORE_CLOSED`; `ABORTED`.
 */
export interface StoreRequests {
  /** A node's value as UTF-8 text. Rejects with `XENSTORE_NOENT` where there is none. */
  read(path: string, options?: RequestOptions): Promise<string>;
  /** A node's value; `undefined` where the node does not exist. */
  readMaybe(path: string, options?: RequestOptions): Promise<string | undefined>;
  /** A node's value as the bytes that it is. */
  readBytes(path: string, options?: RequestOptions): Promise<Buffer>;
  /** Sets a value (text as UTF-8). Missing nodes are made, with the permissions of their parent. */
  write(path: string, value: string | Uint8Array, options?: RequestOptions): Promise<void>;
  /** Makes a node, and missing parents, with empty values; one that exists stays as it is. */
  mkdir(path: string, options?: RequestOptions): Promise<void>;
  /** Removes a node and all below it; one that does not exist is passed over. */
  rm(path: string, options?: RequestOptions): Promise<void>;
  /** The names of a node's children, however many. Rejects with `XENSTORE_NOENT` where there is no such node. */
  directory(path: string, options?: RequestOptions): Promise<string[]>;
  /** The names of a node's children; `undefined` where the node does not exist. */
  directoryMaybe(path: string, options?: RequestOptions): Promise<string[] | undefined>;
  /** A node's permissions, its owner's first. */
  getPerms(path: string, options?: RequestOptions): Promise<StorePermission[]>;
  /** Sets all of a node's permissions, its owner's first. */
  setPerms(path: string, permissions: readonly Permission[], options?: RequestOptions): Promise<void>;
  /**
   * Sends many requests in one write and resolves when all are answered, with the answers of those that read.
   *
   * Nothing is sent where one of them is not valid. A batch is not atomic: where one fails, the others are carried out,
   * and the first failure is thrown, with `data.index` and `data.failures`. Use it in a transaction where all or nothing
   * is wanted.
   */
  batch<const T extends readonly BatchOperation[]>(operations: T, options?: RequestOptions): Promise<BatchAnswers<T>>;
}

/** The ways in which requests leave. */
export interface Sender {
  /** Sends one. */
  send<T>(request: Request<T>, signal: AbortSignal | undefined): Promise<T>;
  /** Sends many in one write; refuses all where one cannot be sent. */
  sendAll(requests: readonly Request<unknown>[], signal: AbortSignal | undefined): Promise<Outcome>;
  /** Most bytes that the names of a directory may have. */
  readonly maxDirectoryBytes: number;
}

/** Builds the requests on a way of sending. */
export function storeRequests(sender: Sender): StoreRequests {
  const send = <T>(make: () => Request<T>, options: RequestOptions | undefined): Promise<T> => {
    try {
      return sender.send(make(), options?.signal);
    } catch (error) {
      return refused(error);
    }
  };
  const directory = (path: string, options?: RequestOptions): Promise<string[]> =>
    listDirectory((request) => sender.send(request, options?.signal), path, sender.maxDirectoryBytes);
  return {
    read: (path, options) => send(() => readRequest(path), options),
    readMaybe: (path, options) => send(() => ifThere(readRequest(path)), options),
    readBytes: (path, options) => send(() => readBytesRequest(path), options),
    write: (path, value, options) => send(() => writeRequest(path, value), options),
    mkdir: (path, options) => send(() => mkdirRequest(path), options),
    rm: (path, options) => send(() => ifThere(rmRequest(path)), options),
    directory,
    directoryMaybe: (path, options) => maybe(directory(path, options)),
    getPerms: (path, options) => send(() => getPermsRequest(path), options),
    setPerms: (path, permissions, options) => send(() => setPermsRequest(path, permissions), options),
    async batch<const T extends readonly BatchOperation[]>(operations: T, options?: RequestOptions) {
      const compiled = compileBatch(operations);
      const outcome = await sender.sendAll(compiled.requests, options?.signal);
      return batchAnswers(operations, compiled, outcome) as BatchAnswers<T>;
    },
  };
}

/** What was asked for, or `undefined` where it does not exist. */
async function maybe<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A refusal before anything is sent. */
async function refused(error: unknown): Promise<never> {
  await Promise.resolve();
  throw error;
}
