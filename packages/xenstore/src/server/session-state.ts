import { isBelow, isRelativePath } from '../path.js';
import type { StoreBackend } from './backend.js';
import { refuse } from './refuse.js';

/** What a client has open: its transactions and watches. */
export class SessionState {
  readonly backend: StoreBackend;
  readonly domid: number;
  readonly #fire: (path: string, token: string) => void;
  readonly #transactions = new Set<number>();
  /** What ends each watch, by path and token. */
  readonly #watches = new Map<string, () => void>();

  constructor(backend: StoreBackend, domid: number, fire: (path: string, token: string) => void) {
    this.backend = backend;
    this.domid = domid;
    this.#fire = fire;
  }

  /** A path as the backend knows it: relative ones count from the domain's directory, which domain 0's clients lack. */
  absolute(path: string): string {
    if (!isRelativePath(path)) return path;
    return this.domid === 0 ? refuse('EINVAL') : `${this.#home()}${path}`;
  }

  /** Makes sure that a transaction is one of this client's. */
  checkTransaction(id: number): number {
    return id === 0 || this.#transactions.has(id) ? id : refuse('ENOENT');
  }

  /** Notes a transaction that was started. */
  started(id: number): void {
    this.#transactions.add(id);
  }

  /** Forgets a transaction, whose number is of no use from now on. */
  ended(id: number): void {
    this.#transactions.delete(id);
  }

  /** Begins a watch; `EEXIST` for one that the client has already. */
  watch(path: string, token: string): void {
    const key = `${path}\0${token}`;
    if (this.#watches.has(key)) refuse('EEXIST');
    const watched = this.absolute(path);
    const home = isRelativePath(path) ? this.#home() : '';
    const end = this.backend.watch(this.domid, watched, (changed) => {
      const told = isBelow(changed, watched) ? changed : watched;
      this.#fire(told.slice(home.length), token);
    });
    this.#watches.set(key, end);
  }

  /** Ends a watch; `ENOENT` for one that the client does not have. */
  unwatch(path: string, token: string): void {
    const key = `${path}\0${token}`;
    const end = this.#watches.get(key) ?? refuse('ENOENT');
    this.#watches.delete(key);
    end();
  }

  /** Sends the event that every watch begins with. */
  firstEvent(path: string, token: string): void {
    this.#fire(path, token);
  }

  /** Ends all watches and throws all transactions away. */
  end(): void {
    for (const end of this.#watches.values()) end();
    this.#watches.clear();
    for (const id of this.#transactions) {
      void Promise.resolve()
        .then(() => this.backend.endTransaction(this.domid, id, false))
        .catch(() => undefined);
    }
    this.#transactions.clear();
  }

  #home(): string {
    return `/local/domain/${this.domid}/`;
  }
}
