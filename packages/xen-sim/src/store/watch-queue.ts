import type { StoreEvent } from '@xen-image/core';

/**
 * Events of one watch that nobody has taken yet, one a path: a path that waits already is not told twice.
 *
 * It is its own iterator; leaving the loop ends the watch.
 */
export class WatchQueue implements AsyncIterableIterator<StoreEvent, undefined> {
  readonly #waiting = new Set<string>();
  readonly #takers: ((result: IteratorResult<StoreEvent, undefined>) => void)[] = [];
  #ended = false;

  constructor(
    private readonly token: string,
    private readonly onEnd: () => void,
  ) {}

  push(path: string): void {
    if (this.#ended) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#waiting.add(path);
    else taker({ done: false, value: { path, token: this.token } });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<StoreEvent, undefined>> {
    const [path] = this.#waiting;
    if (path !== undefined) {
      this.#waiting.delete(path);
      return Promise.resolve({ done: false, value: { path, token: this.token } });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  return(): Promise<IteratorResult<StoreEvent, undefined>> {
    this.#waiting.clear();
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
