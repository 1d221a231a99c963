import type { Connection } from './connection.js';
import { watchEndedError } from './errors.js';
import { isBelow } from './path.js';
import { unwatchRequest, watchRequest } from './requests.js';
import { sendOn } from './send.js';
import { WatchQueue } from './watch-queue.js';
import type { WatchEvent } from './watch-queue.js';

/** How a path is watched. */
export interface WatchOptions {
  /** Most events kept until they are taken, at least 1; 1024 where not given. */
  readonly capacity?: number;
  /** Ends the watch, as `close` does. */
  readonly signal?: AbortSignal;
}

/**
 * A watch: an asynchronous iterator of changes at a path and below it.
 *
 * The iteration ends with `close`, with the end of its loop, with its signal and with the client; it throws
 * `XENSTORE_DISCONNECTED` (`XENSTORE_PROTOCOL`, `XENSTORE_TIMEOUT`) where the connection is lost for good.
 */
export interface Watch extends AsyncIterableIterator<WatchEvent>, AsyncDisposable {
  readonly path: string;
  /** Chosen by the client; no two of its watches have the same. */
  readonly token: string;
  /** Tells the daemon to end the watch, and forgets what was not taken. */
  close(): Promise<void>;
}

interface Registered {
  readonly path: string;
  readonly token: string;
  readonly queue: WatchQueue;
}

const DEFAULT_CAPACITY = 1024;

/** The watches of a client, by token; they outlive connections. */
export class Watches {
  readonly #registered = new Map<string, Registered>();
  #lastToken = 0;

  /** Watches that are open. */
  get size(): number {
    return this.#registered.size;
  }

  /**
   * Registers a watch with the daemon and resolves when it has.
   *
   * @param connection - the present connection, asked for anew when the watch is closed
   */
  async open(
    path: string,
    connection: () => Connection | undefined,
    current: Connection,
    options: WatchOptions,
  ): Promise<Watch> {
    const { signal, capacity = DEFAULT_CAPACITY } = options;
    if (!Number.isInteger(capacity) || capacity < 1) throw new TypeError('a watch holds at least one event');
    this.#lastToken += 1;
    const token = `xen-image-${this.#lastToken}`;
    const request = watchRequest(path, token);
    const queue = new WatchQueue(path, token, capacity);
    this.#registered.set(token, { path, token, queue });
    const unwatch = async (): Promise<void> => {
      const now = connection();
      if (now === undefined || now.ended !== undefined) return;
      await sendOn(now, unwatchRequest(path, token), 0).catch(() => undefined);
    };
    try {
      await sendOn(current, request, 0, signal, () => void unwatch());
    } catch (error) {
      this.#registered.delete(token);
      throw error;
    }
    const close = async (): Promise<void> => {
      signal?.removeEventListener('abort', closeNow);
      queue.discard();
      if (this.#registered.delete(token)) await unwatch();
    };
    const closeNow = (): void => void close();
    signal?.addEventListener('abort', closeNow, { once: true });
    return iterator(path, token, queue, close);
  }

  /** Hands an event to its watch; those of watches that are closed already are passed over. */
  deliver(path: string, token: string): void {
    const watch = this.#registered.get(token);
    if (watch !== undefined) watch.queue.push(isBelow(path, watch.path) ? path : watch.path, 'change');
  }

  /** Registers all watches with a new connection. One that the daemon refuses ends with the daemon's error. */
  async restore(connection: Connection): Promise<void> {
    const waits = [...this.#registered.values()].map(async (watch) => {
      watch.queue.restart();
      try {
        await sendOn(connection, watchRequest(watch.path, watch.token), 0);
      } catch (error) {
        if (connection.ended !== undefined) return;
        this.#registered.delete(watch.token);
        watch.queue.end(error as Error);
      }
    });
    await Promise.all(waits);
  }

  /** Ends all watches, with an error or, where there is none, as by `close`. */
  end(error?: Error): void {
    for (const { path, queue } of this.#registered.values()) {
      if (error === undefined) queue.discard();
      else queue.end(watchEndedError(path, error));
    }
    this.#registered.clear();
  }
}

function iterator(path: string, token: string, queue: WatchQueue, close: () => Promise<void>): Watch {
  return {
    path,
    token,
    close,
    next: () => queue.next(),
    async return() {
      await close();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await close();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: close,
  };
}
