import type { Machine } from '../hypervisor/machine.js';
import type { Cell } from '../state/cell.js';

/**
 * One process's dealings with a machine. After its crash none of its calls is carried out or answered, as nothing
 * of a process that has ended goes on.
 */
export class Session {
  #crashed = false;

  constructor(
    readonly cell: Cell,
    /** Tells this session's locks and journal entries from others'. */
    readonly owner: string,
  ) {}

  hasCrashed(): boolean {
    return this.#crashed;
  }

  crash(): void {
    this.#crashed = true;
  }

  read<T>(look: (machine: Machine) => T): Promise<T> {
    return this.#crashed ? never() : this.cell.read(look);
  }

  write<T>(change: (machine: Machine) => T): Promise<T> {
    return this.#crashed ? never() : this.cell.write(change);
  }

  /** The answer of a call; never, if the process has ended when it comes. */
  async answered<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      return this.hasCrashed() ? await never<T>() : value;
    } catch (error) {
      if (this.hasCrashed()) return never();
      throw error;
    }
  }
}

/** What a process that has ended gets. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
