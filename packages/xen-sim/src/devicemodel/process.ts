import type { ProcessIdentity } from '@xen-image/core';

/** A device model that runs: a process of the simulated host. */
export interface SimulatedProcess extends ProcessIdentity {
  readonly domid: number;
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The VNC display that it holds. */
  readonly vncDisplay?: number;
  /** Event channel ports of the guest that it serves I/O requests on. */
  readonly ports: readonly number[];
  /** Whether it was told to begin. */
  resumed: boolean;
  /** Whether its emulation was stopped, for its state to be saved. */
  stopped?: boolean;
}

/** Pids begin above the highest that Linux gives (PID_MAX_LIMIT), so that none of them is a real process. */
export const FIRST_PID = 4_194_305;
