import type { FrameAllocator } from '../frames/frame-allocator.js';
import type { FrameRun } from '../frames/frame-run.js';
import type { SimulatedProcess } from '../devicemodel/process.js';
import type { JournalRecord } from '../journal/record.js';
import type { PosixObjects } from '../posix/objects.js';
import type { StoreState } from '../store/state.js';
import type { Domain } from './domain.js';
import type { DomainLog } from './domain-log.js';
import type { MachineSettings } from './settings.js';

/**
 * A simulated machine: the hypervisor, its domains, the store, and the processes that belong to them.
 *
 * All functions on it are synchronous; what they refuse they throw. The ports put them behind promises.
 */
export interface Machine {
  readonly settings: MachineSettings;
  /** What `/proc/sys/kernel/random/boot_id` would say. */
  bootId: string;
  readonly frames: FrameAllocator;
  /** Freed frames that are not yet scrubbed. */
  scrubbing: FrameRun[];
  /** Frames that something outside the toolstack's view holds; see `fragment`. */
  held: FrameRun[];
  /** Sum of all domains' claims, in frames. */
  claimedFrames: number;
  readonly domains: Map<number, Domain>;
  readonly domainLog: DomainLog;
  /** The domid given last. */
  lastDomid: number;
  readonly store: StoreState;
  /** Device models by the domid they serve. */
  readonly processes: Map<number, SimulatedProcess>;
  /** The pid given last. */
  lastPid: number;
  readonly journal: Map<string, JournalRecord>;
  readonly posix: PosixObjects;
  /** Messages that the host was told, the last ones. */
  readonly warnings: string[];
}
