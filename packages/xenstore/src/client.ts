import type { Connection } from './connection.js';
import { abortedError, closedError, endedError } from './errors.js';
import type { RequestRef } from './errors.js';
import { Link } from './link.js';
import type { LinkOptions, ReconnectOptions } from './link.js';
import {
  getDomainPathRequest,
  introduceRequest,
  isDomainIntroducedRequest,
  releaseRequest,
  resumeRequest,
} from './requests.js';
import type { Request } from './requests.js';
import { sendAllOn, sendOn } from './send.js';
import { storeRequests } from './store.js';
import type { RequestOptions, Sender, StoreRequests } from './store.js';
import { runTransaction, startTransaction } from './transaction.js';
import type { Transaction, TransactionOptions } from './transaction.js';
import { defaultAddresses, openTransport } from './transport/open.js';
import type { Transport, TransportEvents } from './transport/transport.js';
import { Watches } from './watch.js';
import type { Watch, WatchOptions } from './watch.js';

/** How a client reaches the daemon, and its bounds. */
export interface XenStoreOptions {
  /**
   * The daemon's socket or the kernel's device.
   *
   * @defaultValue `XENSTORED_PATH` of the environment; else the first that exists of `/run/xenstored/socket`,
   * `/var/run/xenstored/socket` and `/dev/xen/xenbus`
   */
  readonly address?: string;
  /** Whether, and how, a lost connection is made anew; never where not given. */
  readonly reconnect?: boolean | ReconnectOptions;
  /**
   * A request that is unanswered for this long ends the connection, at the latest after twice as long; 0 for never. A
   * xenstored that is about to update itself holds back new transactions for a minute.
   *
   * @defaultValue 120000
   */
  readonly timeoutMs?: number;
  /**
   * Most bytes that the names of a directory may have.
   *
   * @defaultValue 1048576
   */
  readonly maxDirectoryBytes?: number;
}

/**
 * A client of xenstore.
 *
 * Beside the requests to the tree it starts transactions, watches, and tells the daemon of domains. A connection that is
 * lost takes its requests with it (`XENSTORE_DISCONNECTED`; `data.sent` tells whether the request had left) and its
 * transactions (`XENSTORE_TRANSACTION_LOST`). With `reconnect`, requests made meanwhile wait for the next connection,
 * and watches are registered anew and tell an event of cause `reconnect`. A daemon that breaks the protocol is left for
 * good.
 */
export interface XenStoreClient extends StoreRequests, AsyncDisposable {
  /** The socket's or device's path. */
  readonly address: string;
  /**
   * Runs a body in a transaction and commits. Where another client changed what the body had read or written, all is
   * done anew, after a short pause, up to `attempts` times; then it rejects with `XENSTORE_TRANSACTION_CONFLICT`. An
   * error of the body throws the transaction away and is passed on.
   */
  transaction<T>(body: (transaction: StoreRequests) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Starts a transaction that the caller ends. */
  startTransaction(options?: RequestOptions): Promise<Transaction>;
  /**
   * Watches a path and all below it, or `@introduceDomain` and `@releaseDomain`. Resolves when the daemon has taken the
   * watch; the first event comes at once.
   */
  watch(path: string, options?: WatchOptions): Promise<Watch>;
  /** Tells the daemon of a domain: the frame of its ring and the event channel (dom0 only). */
  introduce(domid: number, frame: number | bigint, port: number, options?: RequestOptions): Promise<void>;
  /** Tells the daemon that a domain is gone (dom0 only). */
  release(domid: number, options?: RequestOptions): Promise<void>;
  /** Lets the daemon announce the domain's next shutdown by `@releaseDomain` again (dom0 only). */
  resume(domid: number, options?: RequestOptions): Promise<void>;
  /** The directory that a domain's relative paths count from: `/local/domain/N`. */
  getDomainPath(domid: number, options?: RequestOptions): Promise<string>;
  /** Whether the daemon talks to a domain (dom0 only). */
  isDomainIntroduced(domid: number, options?: RequestOptions): Promise<boolean>;
  /** Ends the connection: requests under way reject with `XENSTORE_CLOSED`, watches end. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_DIRECTORY_BYTES = 1_048_576;

/**
 * Connects to xenstore.
 *
 * @throws XenImageError `XENSTORE_CONNECT` where no daemon answers
 */
export async function connectXenStore(options: XenStoreOptions = {}): Promise<XenStoreClient> {
  const addresses = options.address === undefined ? defaultAddresses() : [options.address];
  return await openClient((events) => openTransport(addresses, events), options);
}

/** Makes a client on a transport. */
export async function openClient(open: OpenTransport, options: XenStoreOptions = {}): Promise<XenStoreClient> {
  return (await openReleasable(open, options)).client;
}

/** How a transport is opened. */
export type OpenTransport = (events: TransportEvents) => Transport | Promise<Transport>;

/** A client whose connection may outlive it. */
export interface ReleasableClient {
  readonly client: XenStoreClient;
  /** Ends the client, as its `close` does, and answers its connection where that can be left open for another one. */
  release(): Connection | undefined;
}

/** Makes a client on a connection that rested, where there is one that lives; else on a transport. */
export async function openReleasable(
  open: OpenTransport,
  options: XenStoreOptions,
  rested?: Connection,
): Promise<ReleasableClient> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxDirectoryBytes = DEFAULT_MAX_DIRECTORY_BYTES } = options;
  const reconnect = options.reconnect === true ? {} : options.reconnect === false ? undefined : options.reconnect;
  const watches = new Watches();
  const linked: LinkOptions = {
    open,
    reconnect,
    limits: { timeoutMs, maxDirectoryBytes },
    watchEvent: (path, token) => {
      watches.deliver(path, token);
    },
    restored: (connection) => void watches.restore(connection),
    ended: (error) => {
      watches.end(error);
    },
  };
  const link = await Link.open(linked, rested);
  let closed = false;

  /** The connection to use: at once where there is one, so that requests of one turn leave together. */
  const ready = (request: RequestRef | undefined, signal?: AbortSignal): Connection | Promise<Connection> => {
    if (closed) throw closedError(request);
    const { current } = link;
    return current instanceof Promise ? awaited(current, request, signal) : current;
  };
  const send = <T>(request: Request<T>, signal?: AbortSignal): Promise<T> => {
    const connection = ready(request, signal);
    return connection instanceof Promise
      ? connection.then((next) => sendOn(next, request, 0, signal))
      : sendOn(connection, request, 0, signal);
  };
  const sendAll: Sender['sendAll'] = async (requests, signal) => {
    const connection = ready(requests[0], signal);
    return await sendAllOn(connection instanceof Promise ? await connection : connection, requests, 0, signal);
  };
  const start = async (signal?: AbortSignal): Promise<Transaction> =>
    await startTransaction(await ready({ call: 'TRANSACTION_START' }, signal), maxDirectoryBytes, signal);
  const close = (): void => {
    closed = true;
    link.close();
    watches.end();
  };
  const release = (): Connection | undefined => {
    // The daemon goes on telling of a watch that was not closed.
    if (watches.size > 0) {
      close();
      return undefined;
    }
    if (closed) return undefined;
    closed = true;
    return link.release();
  };

  const client: XenStoreClient = {
    ...storeRequests({ send, sendAll, maxDirectoryBytes }),
    get address() {
      return link.newest.address;
    },
    transaction: (body, transactionOptions = {}) => runTransaction(start, body, transactionOptions),
    startTransaction: (requestOptions) => start(requestOptions?.signal),
    async watch(path, watchOptions = {}) {
      const connection = await ready({ call: 'WATCH', path }, watchOptions.signal);
      return await watches.open(path, () => link.newest, connection, watchOptions);
    },
    introduce: async (domid, frame, port, requestOptions) => {
      await send(introduceRequest(domid, frame, port), requestOptions?.signal);
    },
    release: async (domid, requestOptions) => {
      await send(releaseRequest(domid), requestOptions?.signal);
    },
    resume: async (domid, requestOptions) => {
      await send(resumeRequest(domid), requestOptions?.signal);
    },
    getDomainPath: async (domid, requestOptions) => await send(getDomainPathRequest(domid), requestOptions?.signal),
    isDomainIntroduced: async (domid, requestOptions) =>
      await send(isDomainIntroducedRequest(domid), requestOptions?.signal),
    close,
    [Symbol.asyncDispose]: () => {
      close();
      return Promise.resolve();
    },
  };
  return { client, release };
}

/** Waits for the next connection; the wait can be given up. */
async function awaited(
  next: Promise<Connection>,
  request: RequestRef = { call: 'WRITE' },
  signal: AbortSignal | undefined,
): Promise<Connection> {
  const wait = next.catch((error: unknown) => {
    throw endedError(request, false, error as Error);
  });
  if (signal === undefined) return await wait;
  return await new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(abortedError(signal, request));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    wait.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
