import type { Machine } from '../hypervisor/machine.js';

/** What a watch is told by. */
export interface WatchRequest {
  readonly path: string;
  /** The domain that watches: it is told of what it may know alone. */
  readonly domid: number;
  readonly tell: (path: string) => void;
  /** Whether it is told of its own path at once. */
  readonly first: boolean;
}

/**
 * Where a machine is kept. Every call of a port is one access: nothing of it is seen half done, by other calls or by
 * other processes. What a call changed before it threw stays changed, as with a real hypervisor.
 */
export interface Cell {
  /** Looks at the machine. */
  read<T>(look: (machine: Machine) => T): Promise<T>;
  /** Changes the machine. */
  write<T>(change: (machine: Machine) => T): Promise<T>;
  /** Puts another machine in its place. */
  replace(make: (machine: Machine) => Machine): Promise<void>;
  /**
   * Adds a watch; answers what removes it.
   *
   * @throws XenImageError with errno `EINVAL` or `E2BIG`
   */
  watch(request: WatchRequest): () => void;
  /** Watches that this process has. */
  readonly watchCount: number;
  /** Lets go of what the cell holds. */
  close(): void;
}
