/** What the toolstack made on the simulated host beside domains. */
export interface PosixObjects {
  /** Named pipes with their modes. */
  readonly fifos: Map<string, number>;
  /** Locked files with their owners. */
  readonly locks: Map<string, string>;
}
