import { setTimeout as sleep } from 'node:timers/promises';
import { isXenImageError, XenImageError } from '@xen-image/core';
import type { Connection } from './connection.js';
import { abortedError, transactionLostError } from './errors.js';
import type { RequestRef } from './errors.js';
import { transactionEndRequest, transactionStartRequest } from './requests.js';
import { sendAllOn, sendOn } from './send.js';
import { storeRequests } from './store.js';
import type { RequestOptions, StoreRequests } from './store.js';

/**
 * A transaction: its requests see the tree as it was at the start, with their own changes, and take effect together.
 *
 * It lives on one connection and ends with it: its requests then reject with `XENSTORE_TRANSACTION_LOST`. A request of
 * a transaction that has ended by `commit` or `abort` rejects with a `TypeError`.
 */
export interface Transaction extends StoreRequests {
  /** The number that the daemon gave it. */
  readonly id: number;
  /** Makes its changes take effect. Rejects with `XENSTORE_AGAIN` where another client was in between. */
  commit(options?: RequestOptions): Promise<void>;
  /** Throws its changes away. */
  abort(): Promise<void>;
}

/** How a transaction is repeated. */
export interface TransactionOptions extends RequestOptions {
  /** How often it is tried in all, at least once; 32 times where not given. */
  readonly attempts?: number;
}

const DEFAULT_ATTEMPTS = 32;
const LONGEST_PAUSE_MS = 50;

/** Starts a transaction on a connection. Requests without a signal of their own take the one given here. */
export async function startTransaction(
  connection: Connection,
  maxDirectoryBytes: number,
  signal?: AbortSignal,
): Promise<Transaction> {
  const end = (id: number, commit: boolean, endSignal?: AbortSignal): Promise<void> =>
    sendOn(connection, transactionEndRequest(commit), id, endSignal);
  const late = (id: number): void => {
    end(id, false).catch(() => undefined);
  };
  const id = await sendOn(connection, transactionStartRequest(), 0, signal, late);
  let over = false;
  const alive = (request: RequestRef): void => {
    if (over) throw new TypeError(`xenstore ${request.call}: the transaction has ended`);
    if (connection.ended !== undefined) throw lost(request, connection.ended);
  };
  const requests = storeRequests({
    maxDirectoryBytes,
    async send(request, own) {
      alive(request);
      return await sendOn(connection, request, id, own ?? signal).catch((error: unknown) => {
        throw lost(request, error);
      });
    },
    async sendAll(all, own) {
      const [first] = all;
      if (first !== undefined) alive(first);
      const { answers, failures } = await sendAllOn(connection, all, id, own ?? signal);
      const explained = [...failures].map(([place, error]): [number, Error] => [
        place,
        lost(all[place] ?? { call: 'WRITE' }, error) as Error,
      ]);
      return { answers, failures: new Map(explained) };
    },
  });
  const finish = async (commit: boolean, endSignal?: AbortSignal): Promise<void> => {
    const request = transactionEndRequest(commit);
    alive(request);
    if (endSignal?.aborted === true) throw abortedError(endSignal, request);
    over = true;
    await end(id, commit, endSignal).catch((error: unknown) => {
      throw lost(request, error);
    });
  };
  return {
    ...requests,
    id,
    commit: (options) => finish(true, options?.signal ?? signal),
    abort: () => finish(false),
  };
}

/**
 * Runs a body in a transaction and commits; starts anew where another client was in between.
 *
 * @throws XenImageError `XENSTORE_TRANSACTION_CONFLICT` after the last attempt; what the body throws, after the
 * transaction was thrown away
 */
export async function runTransaction<T>(
  start: (signal: AbortSignal | undefined) => Promise<Transaction>,
  body: (transaction: StoreRequests) => Promise<T>,
  { signal, attempts = DEFAULT_ATTEMPTS }: TransactionOptions,
): Promise<T> {
  if (!Number.isInteger(attempts) || attempts < 1) throw new TypeError('a transaction is tried at least once');
  for (let attempt = 1; ; attempt += 1) {
    const transaction = await start(signal);
    let answer: T;
    try {
      answer = await body(transaction);
    } catch (error) {
      await transaction.abort().catch(() => undefined);
      throw error;
    }
    try {
      await transaction.commit();
      return answer;
    } catch (error) {
      if (!isXenImageError(error) || error.code !== 'XENSTORE_AGAIN') {
        await transaction.abort().catch(() => undefined);
        throw error;
      }
      if (attempt === attempts) throw conflict(attempts, error);
      await pause(attempt, signal);
    }
  }
}

/** Waits a random while, longer from attempt to attempt, so that two rivals do not meet for ever. */
async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const longestMs = Math.min(2 ** (attempt - 1) - 1, LONGEST_PAUSE_MS);
  try {
    await sleep(Math.random() * longestMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? abortedError(signal) : error;
  }
}

function conflict(attempts: number, cause: XenImageError): XenImageError {
  return new XenImageError(
    'XENSTORE_TRANSACTION_CONFLICT',
    `a xenstore transaction met other clients' changes ${attempts} times`,
    {
      call: 'TRANSACTION_END',
      errno: 'EAGAIN',
      data: { op: 'TRANSACTION_END', attempts },
      hint: 'Make the transaction read and write less, or try again.',
      cause,
    },
  );
}

/** A lost connection takes its transactions with it; other errors pass. */
function lost(request: RequestRef, error: unknown): unknown {
  const code = isXenImageError(error) ? error.code : undefined;
  if (code !== undefined && code !== 'XENSTORE_DISCONNECTED') return error;
  return transactionLostError(request, code === undefined ? error : (error as Error).cause);
}
