/** Events that were pushed, for one reader to take in order. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #events: T[] = [];
  #waiting: { resolve(step: IteratorResult<T>): void; reject(error: Error): void } | undefined;
  #over: { readonly error?: Error } | undefined;

  push(event: T): void {
    if (this.#over !== undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#events.push(event);
    else waiting.resolve({ done: false, value: event });
  }

  /** No more will come; those that are there can still be taken. */
  end(): void {
    this.#finish({});
  }

  /** As {@link EventQueue.end}, and the reader is told why. */
  fail(error: Error): void {
    this.#finish({ error });
  }

  #finish(over: { readonly error?: Error }): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    if (over.error !== undefined) waiting.reject(over.error);
    else waiting.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#over === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    }
    const { error } = this.#over;
    this.#over = {};
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
