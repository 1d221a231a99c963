import { isXenImageError, XenImageError } from '@xen-image/core';
import type { StorePermission } from '@xen-image/core';
import type { Permission } from './permissions.js';
import {
  directoryRequest,
  getPermsRequest,
  ifThere,
  mkdirRequest,
  readRequest,
  rmRequest,
  setPermsRequest,
  writeRequest,
} from './requests.js';
import type { Request } from './requests.js';
import type { Outcome } from './send.js';

/** Reads a value; answers `undefined` where the node does not exist. */
export interface ReadOperation {
  readonly op: 'read';
  readonly path: string;
}
/** Lists the children's names, as many as one reply holds; answers `undefined` where the node does not exist. */
export interface DirectoryOperation {
  readonly op: 'directory';
  readonly path: string;
}
/** Reads the permissions; answers `undefined` where the node does not exist. */
export interface GetPermsOperation {
  readonly op: 'getPerms';
  readonly path: string;
}
/** Sets a value, and then permissions if there are any. */
export interface WriteOperation {
  readonly op: 'write';
  readonly path: string;
  readonly value: string | Uint8Array;
  readonly permissions?: readonly Permission[];
}
/** Makes a node where there is none, and sets its permissions if there are any. */
export interface MkdirOperation {
  readonly op: 'mkdir';
  readonly path: string;
  readonly permissions?: readonly Permission[];
}
/** Removes a node and all below it; one that does not exist is passed over. */
export interface RmOperation {
  readonly op: 'rm';
  readonly path: string;
}
/** Sets the permissions. */
export interface SetPermsOperation {
  readonly op: 'setPerms';
  readonly path: string;
  readonly permissions: readonly Permission[];
}

/** One entry of a batch. */
export type BatchOperation =
  | ReadOperation
  | DirectoryOperation
  | GetPermsOperation
  | WriteOperation
  | MkdirOperation
  | RmOperation
  | SetPermsOperation;

/** What an entry of a batch answers. */
export type BatchAnswer<O extends BatchOperation> = O extends ReadOperation
  ? string | undefined
  : O extends DirectoryOperation
    ? string[] | undefined
    : O extends GetPermsOperation
      ? StorePermission[] | undefined
      : undefined;

/** The answers of a batch, entry by entry. */
export type BatchAnswers<T extends readonly BatchOperation[]> = { -readonly [K in keyof T]: BatchAnswer<T[K]> };

/** The requests of a batch, and for each the index of its entry. */
export interface CompiledBatch {
  readonly requests: readonly Request<unknown>[];
  readonly entries: readonly number[];
}

/**
 * Makes the requests of a batch.
 *
 * @throws XenImageError what is wrong with the first entry that is not valid
 */
export function compileBatch(operations: readonly BatchOperation[]): CompiledBatch {
  const requests: Request<unknown>[] = [];
  const entries: number[] = [];
  operations.forEach((operation, index) => {
    for (const request of requestsOf(operation)) {
      requests.push(request);
      entries.push(index);
    }
  });
  return { requests, entries };
}

function requestsOf(operation: BatchOperation): Request<unknown>[] {
  const { op, path } = operation;
  switch (op) {
    case 'read':
      return [ifThere(readRequest(path))];
    case 'directory':
      return [ifThere(directoryRequest(path))];
    case 'getPerms':
      return [ifThere(getPermsRequest(path))];
    case 'write':
      return [writeRequest(path, operation.value), ...permissionsOf(operation)];
    case 'mkdir':
      return [mkdirRequest(path), ...permissionsOf(operation)];
    case 'rm':
      return [ifThere(rmRequest(path))];
    case 'setPerms':
      return [setPermsRequest(path, operation.permissions)];
  }
  throw new TypeError(`a batch has no operation ${String(op)}`);
}

function permissionsOf({ path, permissions }: WriteOperation | MkdirOperation): Request<unknown>[] {
  return permissions === undefined ? [] : [setPermsRequest(path, permissions)];
}

/** Whether a failure only says that the node is not there. */
export function isAbsent(error: unknown): boolean {
  return isXenImageError(error) && error.code === 'XENSTORE_NOENT';
}

const READS: ReadonlySet<BatchOperation['op']> = new Set(['read', 'directory', 'getPerms']);

/**
 * Turns what became of a batch's requests into its answers.
 *
 * @throws XenImageError the first entry's failure, with `data.index` (its entry) and `data.failures` (how many requests
 * failed)
 */
export function batchAnswers(
  operations: readonly BatchOperation[],
  { entries }: CompiledBatch,
  { answers, failures }: Outcome,
): unknown[] {
  const results: unknown[] = operations.map(() => undefined);
  entries.forEach((index, place) => {
    if (READS.has(operations[index]?.op ?? 'write')) results[index] = answers[place];
  });
  const [first] = [...failures].sort(([one], [other]) => one - other);
  if (first === undefined) return results;
  const [place, error] = first;
  throw isXenImageError(error) ? placed(error, entries[place] ?? 0, failures.size) : error;
}

function placed(error: XenImageError, index: number, failures: number): XenImageError {
  const data = { ...error.data, index, failures };
  return new XenImageError(error.code, error.message, { ...error.toJSON(), data, cause: error });
}
