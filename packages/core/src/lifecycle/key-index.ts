/**
 * Values by a key that mostly one of them has: for such a key the value itself is kept, and a set for the others. A set for each
 * would take more than what is kept in it.
 */
export class KeyIndex<T extends object> {
  readonly #byKey = new Map<string, T | Set<T>>();

  /** Values of a key, in the order in which they were added. */
  get(key: string): readonly T[] {
    const present = this.#byKey.get(key);
    return present === undefined ? [] : present instanceof Set ? [...present] : [present];
  }

  add(key: string, value: T): void {
    const present = this.#byKey.get(key);
    if (present === undefined) this.#byKey.set(key, value);
    else if (present instanceof Set) present.add(value);
    else if (present !== value) this.#byKey.set(key, new Set([present, value]));
  }

  /** Takes a value out that has this key; nothing where it is not there. */
  remove(key: string, value: T): void {
    const present = this.#byKey.get(key);
    if (present === value) this.#byKey.delete(key);
    if (!(present instanceof Set) || !present.delete(value) || present.size > 1) return;
    for (const last of present) this.#byKey.set(key, last);
  }
}
