import type { WatchRequest } from '../state/cell.js';
import { storeError } from './errors.js';
import { checkPath, isSpecial, parentOf, upwards } from './path.js';
import { allows } from './permissions.js';
import type { StoreState } from './state.js';
import type { StoreChange } from './tree.js';

type Watch = Omit<WatchRequest, 'first'>;

/** The watches of one process on a store. Telling costs by the depth of a path, not by the number of watches. */
export class WatchHub {
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #counts = new Map<number, number>();

  get size(): number {
    let size = 0;
    for (const watches of this.#watches.values()) size += watches.size;
    return size;
  }

  /**
   * Adds a watch.
   *
   * @param quota - watches that a guest may have
   * @returns what removes it
   * @throws XenImageError with errno `EINVAL` for what is no path, `E2BIG` where a guest has too many
   */
  add({ path, domid, tell, first }: WatchRequest, quota: number): () => void {
    checkPath(path, 'WATCH', true);
    const count = this.#counts.get(domid) ?? 0;
    if (domid !== 0 && count >= quota) throw storeError('E2BIG', 'WATCH', path);
    this.#counts.set(domid, count + 1);
    const watch: Watch = { path, domid, tell };
    const watches = this.#watches.get(path) ?? new Set();
    this.#watches.set(path, watches.add(watch));
    if (first) tell(path);
    return () => {
      if (!watches.delete(watch)) return;
      if (watches.size === 0 && this.#watches.get(path) === watches) this.#watches.delete(path);
      this.#counts.set(domid, (this.#counts.get(domid) ?? 1) - 1);
    };
  }

  /** Forgets all watches. */
  clear(): void {
    this.#watches.clear();
    this.#counts.clear();
  }

  /** Tells watches of changes that have happened. */
  deliver(store: StoreState, changes: readonly StoreChange[]): void {
    if (this.#watches.size === 0) return;
    for (const change of changes) {
      const paths = change.exact ? [change.path] : upwards(change.path);
      for (const path of paths) {
        for (const watch of [...(this.#watches.get(path) ?? [])]) {
          if (isPermitted(store, watch.domid, change)) watch.tell(change.path);
        }
      }
    }
  }

  /** Tells every watch of its own path: what changed is not known. */
  restart(): void {
    for (const watches of [...this.#watches.values()]) for (const watch of [...watches]) watch.tell(watch.path);
  }
}

/** A guest is told of what it may read, or could read before, or whose parent it may read (watch_permitted). */
function isPermitted(store: StoreState, domid: number, { path, permissions }: StoreChange): boolean {
  if (domid === 0) return true;
  const { tree, lives } = store;
  if (isSpecial(path)) {
    const special = store.special.get(path) ?? permissions;
    return allows({ permissions: special, generation: tree.generation }, domid, 'read', lives);
  }
  if (allows({ permissions, generation: tree.generation }, domid, 'read', lives)) return true;
  const node = tree.node(path);
  const parent = tree.node(parentOf(path));
  return [node, parent].some((at) => at !== undefined && allows(at, domid, 'read', lives));
}
