/**
 * Why an event is told.
 *
 * - `change`: the daemon said so; the first event of a watch comes with its registration.
 * - `overflow`: more changes came than the queue holds; those between are forgotten, and `path` is the watch's own.
 * - `reconnect`: the connection was lost and made anew; changes between are unknown, and `path` is the watch's own.
 */
export type WatchCause = 'change' | 'overflow' | 'reconnect';

/** A change at or below a watched path. Look again at what is there: events may come without a change, too. */
export interface WatchEvent {
  /** What changed, never anything outside the watched path. */
  readonly path: string;
  readonly token: string;
  readonly cause: WatchCause;
}

/** What became of a wait for an event: one, or the end. */
type Outcome = { readonly event: WatchEvent } | { readonly end: Error | undefined };

interface Waiter {
  readonly resolve: (result: IteratorResult<WatchEvent, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The events of one watch that nobody has taken yet.
 *
 * At most `capacity` of them, one a path: a path that waits already is not told twice. One more, and all are replaced
 * by one event of cause `overflow`.
 */
export class WatchQueue {
  readonly #path: string;
  readonly #token: string;
  readonly #capacity: number;
  readonly #waiting: Waiter[] = [];
  #events = new Map<string, WatchCause>();
  #overflowed = false;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(path: string, token: string, capacity: number) {
    this.#path = path;
    this.#token = token;
    this.#capacity = capacity;
  }

  /** Events that wait to be taken. */
  get size(): number {
    return this.#events.size;
  }

  /** Adds an event. */
  push(path: string, cause: WatchCause): void {
    if (this.#end !== undefined) return;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: { path, token: this.#token, cause } });
    } else if (this.#overflowed || this.#events.has(path)) {
      return;
    } else if (this.#events.size < this.#capacity) {
      this.#events.set(path, cause);
    } else {
      this.#overflowed = true;
      this.#events = new Map([[this.#path, 'overflow']]);
    }
  }

  /** Says that everything below the path may have changed: what waits is replaced by one event. */
  restart(): void {
    this.#events.clear();
    this.#overflowed = false;
    this.push(this.#path, 'reconnect');
  }

  /** Ends the queue once what waits is taken; with an error, the last reader gets it. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const waiter of this.#waiting.splice(0)) settle(waiter, this.#take());
  }

  /** The next event, now or when it comes. */
  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      const first = this.#events.entries().next().value;
      if (first === undefined && this.#end === undefined) this.#waiting.push(waiter);
      else settle(waiter, this.#take(first));
    });
  }

  #take(first?: readonly [string, WatchCause]): Outcome {
    if (first === undefined) {
      const end = this.#end?.error;
      this.#end = { error: undefined };
      return { end };
    }
    const [path, cause] = first;
    this.#events.delete(path);
    this.#overflowed = false;
    return { event: { path, token: this.#token, cause } };
  }

  /** Throws away what waits and ends. */
  discard(): void {
    this.#events.clear();
    this.end();
  }
}

function settle(waiter: Waiter, outcome: Outcome): void {
  if ('event' in outcome) waiter.resolve({ done: false, value: outcome.event });
  else if (outcome.end === undefined) waiter.resolve({ done: true, value: undefined });
  else waiter.reject(outcome.end);
}
