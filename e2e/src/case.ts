/** What a case of the rig is. */
import type { Host } from './host.js';
import type { MachineOptions } from './machine.js';

/** The machines that cases run on. Each is booted once for all its cases. */
export const MACHINES = {
  /** dom0 with one vcpu, the C xenstored, HVM and PVH possible. */
  standard: {},
  /** dom0 with two vcpus. */
  twoVcpus: { dom0Vcpus: 2 },
  /** The OCaml xenstore daemon, Debian's default. */
  oxenstored: { xenstore: 'oxenstored', memoryMib: 4096 },
  /** A machine without SVM: PV guests only. */
  noHvm: { hvm: false, memoryMib: 4096 },
} as const satisfies Record<string, MachineOptions>;

/** The name of a machine. */
export type MachineName = keyof typeof MACHINES;

/** One thing that must hold on a real Xen. */
export interface Case {
  /** What holds, as a sentence; the runner's filter looks in it. */
  readonly name: string;
  /** The machine it runs on; `standard` when not given. */
  readonly machine?: MachineName;
  /** Whether an HVM guest runs in it: such cases take long and come first, and one that fails runs again on a new machine. */
  readonly emulated?: boolean;
  /** Ended after this many milliseconds; 300 000 when not given. */
  readonly timeoutMs?: number;
  /** Passes by returning, fails by throwing. Whatever domains it leaves are a failure too. */
  run(tools: CaseTools): Promise<void>;
}

/** What a case works with. */
export interface CaseTools {
  /** The booted host. */
  readonly host: Host;
  /** Ends when the case's time is up. */
  readonly signal: AbortSignal;
  /** A domain name that no other case uses: logs and xenstore nodes go by names. */
  fresh(stem: string): string;
  /** A line for the run's output, such as a measured figure. */
  note(line: string): void;
}
