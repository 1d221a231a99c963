import type { DomainSpec, ShutdownReason } from '@xen-image/core';
import type { LeafRegisters } from '../cpuid/model.js';
import type { FrameRun } from '../frames/frame-run.js';
import { countFrames } from '../frames/frame-run.js';
import type { Physmap } from '../frames/physmap.js';

/** Memory of a guest that is populated when it is first touched. */
export interface PopulateOnDemand {
  /** Frames that the domain holds for it. */
  cache: FrameRun[];
  /** Guest frames that have no memory yet. */
  entries: number;
}

/** A region of a guest's memory map, as `XENMEM_set_memory_map` takes it. */
export interface MapEntry {
  readonly addressBytes: number;
  readonly sizeBytes: number;
  readonly kind: string;
}

/** A domain as the simulated hypervisor keeps it. Memory is counted in frames. */
export interface Domain {
  readonly domid: number;
  readonly spec: DomainSpec;
  /** Counts creations since the machine started: tells two domains of one domid apart. */
  readonly incarnation: number;
  /** Vcpus allocated. */
  vcpus: number;
  /** Whether a build left it ready to run. */
  built: boolean;
  /** How many pauses of the toolstack are in force. */
  pauseCount: number;
  /** Whether it was ever unpaused: some things cannot be changed afterwards. */
  creationFinished: boolean;
  shutdownReason?: ShutdownReason;
  /** Destroyed, but something still holds its memory. */
  dying: boolean;
  maxFrames: number;
  claimFrames: number;
  readonly physmap: Physmap;
  pod?: PopulateOnDemand;
  /** Paging pool. */
  pool: FrameRun[];
  /** The hypervisor's own structures for it. */
  structures: FrameRun[];
  /** The frame of the store's ring: an mfn for PV, a gfn for HVM. */
  storeFrame?: number;
  consoleFrame?: number;
  memoryMap?: readonly MapEntry[];
  timeOffsetSeconds: number;
  tscMode: 'default' | 'always' | 'never';
  /** Event channels: the remote domid by port. */
  readonly ports: Map<number, number>;
  /** HVM parameters by number. */
  readonly params: Map<number, number>;
  /** Leaves of its CPUID policy that differ from the default policy. */
  readonly cpuid: Map<string, LeafRegisters>;
  /** ia64 alone: what {@link Ia64} was told. */
  ia64?: Readonly<Record<string, string | number>>;
  cpuTimeNs: number;
}

/** Frames that count against the domain's limit: what it has and what populate-on-demand keeps ready. */
export function totalFrames(domain: Domain): number {
  return domain.physmap.frames + (domain.pod === undefined ? 0 : countFrames(domain.pod.cache));
}
