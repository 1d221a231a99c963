import type { Machine } from '../hypervisor/machine.js';
import type { WatchHub } from '../store/watch-hub.js';

/**
 * Where a machine is kept. Every call of a port is one access: nothing of it is seen half done, by other calls or by
 * other processes. What a call changed before it threw stays changed, as with a real hypervisor.
 */
export interface Cell {
  /** Watches that this process has on the store. */
  readonly watches: WatchHub;
  /** Looks at the machine. */
  read<T>(look: (machine: Machine) => T): Promise<T>;
  /** Changes the machine. */
  write<T>(change: (machine: Machine) => T): Promise<T>;
  /** Adds a watch; answers what removes it. */
  watch(path: string, domid: number, tell: (path: string) => void): Promise<() => void>;
  close(): Promise<void>;
}
