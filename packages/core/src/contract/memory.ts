/** A figure with its explanation. */
export interface Figure {
  /** Stable name, e.g. `maximumReservation`. */
  readonly name: string;
  readonly value: number;
  readonly unit: 'KiB' | 'MiB';
  /** The formula over the inputs' names, e.g. `maximumKib + videoRamKib`. */
  readonly formula: string;
  readonly inputs: Readonly<Record<string, number>>;
}

/** What a handler says about memory. All functions are pure; arguments and results in KiB. */
export interface MemoryMath {
  /**
   * What must be available for a guest of `memoryKib`. For the target it is claimed while the guest is built: at least what is
   * populated, at most `maxMemory`.
   */
  available(memoryKib: number): Figure;
  /** What the build populates. */
  readonly initialReservation: Figure;
  /** What the build makes room for. */
  readonly maximumReservation: Figure;
  /** The paging pool for a configured size and a maximum memory. May throw a coded error for a size it cannot serve. */
  shadow(shadowKib: number, maxmemKib: number): Figure;
  /** The domain's limit in the hypervisor while it is built and runs. */
  readonly maxMemory: Figure;
  /** The limit of the memory map a guest is shown, where the handler sets one. */
  readonly memmapLimit?: Figure;
}
