import type { Machine } from '../hypervisor/machine.js';
import { WatchHub } from '../store/watch-hub.js';
import type { Cell } from './cell.js';

/** A machine in the memory of this process alone. */
export class MemoryCell implements Cell {
  readonly watches = new WatchHub();

  constructor(private readonly machine: Machine) {}

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
      if (changes.length > 0) this.watches.deliver(store, changes.splice(0));
    }
  }

  watch(path: string, domid: number, tell: (path: string) => void): Promise<() => void> {
    return this.read(({ store }) => this.watches.add({ path, domid, tell }, store.quotas.watches));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
