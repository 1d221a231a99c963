import type { HostFacts, PhysicalMemory, PossibleRestriction } from '@xen-image/core';

/** What the checks look at: this machine, or what a test says of one. Each method throws where there is no answer. */
export interface Probes {
  readonly nodeVersion: string;
  /** The effective user; 0 is root. */
  readonly euid: number;
  isDom0(): Promise<boolean>;
  /** The running hypervisor's version, `4.17`. */
  xenVersion(): Promise<string>;
  /** Versions with an ABI table, the oldest first, and those whose table was run. */
  readonly abi: { readonly known: readonly string[]; readonly tested: readonly string[] };
  /** The files of Xen's libraries, loaded. */
  libraries(): Promise<readonly string[]>;
  facts(): Promise<HostFacts>;
  physicalMemory(): Promise<PhysicalMemory>;
  /** Asks xenstore for the name of dom0. */
  xenstore(): Promise<string | undefined>;
  /** Whether a program of this name runs. */
  runs(program: string): Promise<boolean>;
  isThere(path: string): boolean;
  /** What the device model's program of an HVM guest can give up; throws where there is no user for it. */
  restriction(program: string): Promise<PossibleRestriction>;
  /** Operations that a process that is gone left in the journal. */
  unfinished(): Promise<number>;
  isSupervised(): Promise<boolean>;
}
