import type { Machine } from '../hypervisor/machine.js';
import { WatchHub } from '../store/watch-hub.js';
import type { Cell, WatchRequest } from './cell.js';

/** A machine in the memory of this process alone. */
export class MemoryCell implements Cell {
  readonly #watches = new WatchHub();

  constructor(private machine: Machine) {}

  get watchCount(): number {
    return this.#watches.size;
  }

  // Promises reject with what the functions throw; the functions themselves run at once.
  // eslint-disable-next-line @typescript-eslint/require-await
  async read<T>(look: (machine: Machine) => T): Promise<T> {
    return look(this.machine);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async write<T>(change: (machine: Machine) => T): Promise<T> {
    const { store } = this.machine;
    try {
      return change(this.machine);
    } finally {
      const { changes } = store.tree;
      if (changes.length > 0) this.#watches.deliver(store, changes.splice(0));
    }
  }

  replace(make: (machine: Machine) => Machine): Promise<void> {
    this.machine = make(this.machine);
    this.#watches.restart();
    return Promise.resolve();
  }

  watch(request: WatchRequest): () => void {
    return this.#watches.add(request, this.machine.store.quotas.watches);
  }

  close(): void {
    this.#watches.clear();
  }
}
