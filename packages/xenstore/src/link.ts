import { setTimeout as sleep } from 'node:timers/promises';
import { isXenImageError } from '@xen-image/core';
import debug from 'debug';
import { Connection } from './connection.js';
import type { ConnectionEvents, ConnectionLimits } from './connection.js';
import { closedError } from './errors.js';
import type { Transport, TransportEvents } from './transport/transport.js';

const log = debug('xen-image:xenstore');

/** How a lost connection is made anew. */
export interface ReconnectOptions {
  /** Tries after a loss, at least 1; 10 where not given. */
  readonly attempts?: number;
  /** Before the first try; doubled from try to try. 50 where not given. */
  readonly firstDelayMs?: number;
  /** Longest time between tries. 5000 where not given. */
  readonly longestDelayMs?: number;
}

/** What a link is told to do and tells. */
export interface LinkOptions {
  readonly open: (events: TransportEvents) => Transport | Promise<Transport>;
  readonly limits: ConnectionLimits;
  readonly reconnect: ReconnectOptions | undefined;
  readonly watchEvent: (path: string, token: string) => void;
  /** A new connection stands in for the lost one; called before any waiting request is sent over it. */
  readonly restored: (connection: Connection) => void;
  /** There is no connection any more and there will be none. */
  readonly ended: (error: Error) => void;
}

/** The connection of a client, and the ones that follow it. */
export class Link {
  readonly #options: LinkOptions;
  #connection!: Connection;
  /** Settles when the tries after a loss have ended. */
  #reconnecting: Promise<Connection> | undefined;
  readonly #stop = new AbortController();

  private constructor(options: LinkOptions) {
    this.#options = options;
  }

  /**
   * Makes the first connection, or takes up one that rested.
   *
   * @throws XenImageError `XENSTORE_CONNECT`
   */
  static async open(options: LinkOptions, rested?: Connection): Promise<Link> {
    const link = new Link(options);
    const awake = (await rested?.wake(link.#events)) === true;
    link.#connection = rested !== undefined && awake ? rested : await link.#connect();
    return link;
  }

  /** The newest connection; it may have ended. */
  get newest(): Connection {
    return this.#connection;
  }

  /** The connection to send over: the present one, or a promise of the next. */
  get current(): Connection | Promise<Connection> {
    return this.#reconnecting ?? this.#connection;
  }

  /** Ends it for good: requests under way and waiting reject with `XENSTORE_CLOSED`. */
  close(): void {
    // Its connection may be another's by now.
    if (this.#isClosed()) return;
    this.#stop.abort(closedError());
    this.#connection.close();
  }

  /** Ends it for good, as {@link Link.close} does, but for a connection that can be left open: that rests. */
  release(): Connection | undefined {
    const connection = this.#connection;
    const rests = this.#reconnecting === undefined && connection.rest();
    this.#stop.abort(closedError());
    if (rests) return connection;
    connection.close();
    return undefined;
  }

  #isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  get #events(): ConnectionEvents {
    const { watchEvent } = this.#options;
    return {
      watchEvent,
      lost: (error) => {
        this.#lost(error);
      },
    };
  }

  #connect(): Promise<Connection> {
    const { open, limits } = this.#options;
    return Connection.open(open, this.#events, limits);
  }

  #lost(error: Error): void {
    const { reconnect, ended } = this.#options;
    if (this.#reconnecting !== undefined) return;
    if (reconnect === undefined || (isXenImageError(error) && error.code === 'XENSTORE_PROTOCOL')) {
      ended(error);
      return;
    }
    this.#reconnecting = this.#reconnect(reconnect, error).finally(() => (this.#reconnecting = undefined));
    this.#reconnecting.catch((failure: unknown) => {
      ended(failure as Error);
    });
  }

  async #reconnect(options: ReconnectOptions, loss: Error): Promise<Connection> {
    const { attempts = 10, firstDelayMs = 50, longestDelayMs = 5000 } = options;
    const { signal } = this.#stop;
    let failure = loss;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const delayMs = Math.min(firstDelayMs * 2 ** attempt, longestDelayMs);
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      if (this.#isClosed()) throw closedError();
      try {
        const connection = await this.#connect();
        if (this.#isClosed()) connection.close();
        if (connection.ended !== undefined) throw connection.ended;
        this.#connection = connection;
        log('connected to %s again', connection.address);
        this.#options.restored(connection);
        return connection;
      } catch (error) {
        if (this.#isClosed()) throw closedError();
        failure = error as Error;
      }
    }
    throw failure;
  }
}
