/**
 * Writes to the store that are under way while an operation goes on with calls that do not need them.
 *
 * The store carries requests out in the order in which they are made, so that whatever is asked for later finds them
 * done.
 */
export class PendingWrites {
  #writes: Promise<void>[] = [];

  add(write: Promise<void>): void {
    this.#writes.push(write);
    // Its failure is told by whoever waits; until then it is nobody's.
    write.catch(() => undefined);
  }

  /** Waits until none is under way, then throws the first failure. */
  async done(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    for (const settled of await Promise.allSettled(writes)) if (settled.status === 'rejected') throw settled.reason;
  }
}
