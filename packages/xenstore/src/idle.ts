import type { Connection } from './connection.js';

/** More than are used at once in most processes; the others are closed. */
const MOST_IDLE = 4;

/** Connections that somebody has done with, for whoever needs one next: one user has them at a time. */
export class IdleConnections {
  readonly #waiting: Connection[] = [];
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param idleMs - how long they wait, in milliseconds; 0 keeps none */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** One to any of these addresses, the last left first. It may have been closed by the daemon. */
  take(addresses: readonly string[]): Connection | undefined {
    const at = this.#waiting.findLastIndex(({ address }) => addresses.includes(address));
    return at === -1 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  /** Leaves one that rests. */
  leave(connection: Connection): void {
    if (this.#idleMs === 0 || this.#waiting.length >= MOST_IDLE) {
      connection.close();
      return;
    }
    this.#waiting.push(connection);
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    // A process that has nothing else to do ends, and they with it.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const one of this.#waiting.splice(0)) one.close();
    }, this.#idleMs).unref();
  }
}
