import type { CpuModel } from '../cpuid/model.js';
import type { StoreQuotas } from '../store/quotas.js';

/** What a machine is made of; fixed while it exists. */
export interface MachineSettings {
  /** `x86`, `ia64` or another name that handlers are registered for. */
  readonly arch: string;
  /** The hypervisor's version, `major.minor`: decides what it still knows. */
  readonly version: string;
  /** The capabilities text: `xen-3.0-x86_64 hvm-3.0-x86_64 …`. */
  readonly capabilities: string;
  /** Hardware-assisted paging. */
  readonly hap: boolean;
  /** Shadow paging: HVM guests without HAP. Debian's builds of 4.17 lack it. */
  readonly shadow: boolean;
  /** All memory of the machine. */
  readonly memoryKib: number;
  /** Of it, what the hypervisor keeps for itself. */
  readonly xenKib: number;
  /** Of it, what domain 0 has. */
  readonly dom0Kib: number;
  readonly cpus: number;
  /** Whether freed memory is free at once, or when `scrub` is called. */
  readonly scrub: 'at-once' | 'later';
  readonly cpu: CpuModel;
  /** What a guest may take of the store. */
  readonly storeQuotas: StoreQuotas;
}

/** Whether the capabilities promise HVM guests. */
export function hasHvm(settings: Pick<MachineSettings, 'capabilities'>): boolean {
  return settings.capabilities.includes('hvm-');
}

/** Whether the hypervisor is of this version or a later one. */
export function isAtLeast(settings: Pick<MachineSettings, 'version'>, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = settings.version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
