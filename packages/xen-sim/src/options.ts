import type { DeviceModelStart, HostFacts } from '@xen-image/core';
import { DEFAULT_CPU } from './cpuid/default-model.js';
import type { CpuModel } from './cpuid/model.js';
import type { DeviceModelBehaviour } from './devicemodel/port.js';
import { DEFAULT_OPTIONS, FULL_CAPABILITIES } from './host/defaults.js';
import type { GivenFile } from './host/files.js';
import { givenFiles } from './host/given-files.js';
import { withHostPackages } from './host/host-files.js';
import { realFiles } from './host/real-files.js';
import { isAtLeast, type MachineSettings } from './hypervisor/settings.js';
import type { World } from './ports/all.js';
import { DEFAULT_QUOTAS, type StoreQuotas } from './store/quotas.js';

/** The simulated host. All of it is optional. */
export interface HostSettings {
  /** `x86` where not given. */
  readonly arch?: string;
  /** Hypervisor version, `4.17` where not given. Before 4.16 PAE_ENABLED can be set. */
  readonly version?: string;
  /** Capabilities text; that of an x86-64 host with HVM where not given. */
  readonly capabilities?: string;
  /** Hardware-assisted paging; there where HVM is, if not given. */
  readonly hap?: boolean;
  /** Shadow paging; if not given, there before Xen 4 and on other arches than x86, as Debian's 4.17 has none. */
  readonly shadow?: boolean;
  /** All memory in KiB; 16 GiB where not given. */
  readonly memoryKib?: number;
  /** Of it the hypervisor's own, 64 MiB where not given. */
  readonly xenKib?: number;
  /** Of it domain 0's, 1 GiB where not given. */
  readonly dom0Kib?: number;
  /** Processors; 4 where not given. */
  readonly cpus?: number;
  readonly cpu?: CpuModel;
  /** What a guest may take of the store; xenstored's defaults where not given. Domain 0 has no quota. */
  readonly storeQuotas?: Partial<StoreQuotas>;
  /** `later`: freed memory is free only once it is scrubbed. `at-once` where not given. */
  readonly scrub?: 'at-once' | 'later';
  /** Host-wide options; Debian's where not given. */
  readonly options?: Partial<HostFacts['options']>;
  /** Bridges; `xenbr0` where not given. */
  readonly bridges?: readonly string[];
  /** A clock that stands still; the real one where not given. */
  readonly clock?: HostFacts['clock'];
}

/** How a simulator is opened. */
export interface SimulatorOptions {
  /**
   * A file that keeps the host between processes. Several processes may use it at once. The host's settings are those
   * of the process that made it.
   */
  readonly stateFile?: string;
  readonly host?: HostSettings;
  /**
   * Which files there are: those of this machine, or given ones by path. Where real ones are taken, the programs of
   * the simulated host's own packages (device model, loader, firmware) exist all the same.
   */
  readonly files?: 'real' | Readonly<Record<string, GivenFile>>;
  /** What a device model does when it is started; it runs where not given. */
  readonly deviceModel?: (start: DeviceModelStart) => DeviceModelBehaviour;
}

const GIB = 1024 * 1024;

/** The machine that settings describe. */
export function machineSettings(host: HostSettings = {}): MachineSettings {
  const { arch = 'x86', version = '4.17', capabilities = FULL_CAPABILITIES } = host;
  return {
    arch,
    version,
    capabilities,
    hap: host.hap ?? capabilities.includes('hvm-'),
    shadow: host.shadow ?? (arch !== 'x86' || !isAtLeast({ version }, 4, 0)),
    memoryKib: host.memoryKib ?? 16 * GIB,
    xenKib: host.xenKib ?? GIB / 16,
    dom0Kib: host.dom0Kib ?? GIB,
    cpus: host.cpus ?? 4,
    scrub: host.scrub ?? 'at-once',
    cpu: host.cpu ?? DEFAULT_CPU,
    storeQuotas: { ...DEFAULT_QUOTAS, ...host.storeQuotas },
  };
}

/** What surrounds the machine that options describe. */
export function worldOf({ host = {}, files = 'real', deviceModel }: SimulatorOptions): World {
  const options = { ...DEFAULT_OPTIONS, ...host.options };
  return {
    files: files === 'real' ? withHostPackages(realFiles, options) : givenFiles(files),
    behaviour: deviceModel ?? (() => 'runs'),
    options,
    bridges: host.bridges ?? [options.defaultBridge],
    clock: hostClock(host),
  };
}

/** The host's clock: the given one, or this machine's. */
function hostClock(host: HostSettings): () => HostFacts['clock'] {
  const { clock } = host;
  if (clock !== undefined) return () => clock;
  return () => {
    const now = new Date();
    return { nowEpochSeconds: Math.floor(now.getTime() / 1000), zoneOffsetSeconds: -60 * now.getTimezoneOffset() };
  };
}

/** Settings of a host with these facts; its clock stands still at theirs. */
export function settingsFromFacts(facts: HostFacts): HostSettings {
  const { arch, hypervisor, options, bridges, clock, cpus, totalMemoryKib } = facts;
  return {
    arch,
    capabilities: hypervisor.capabilities,
    hap: hypervisor.hap,
    options,
    bridges,
    clock,
    ...(hypervisor.version === null ? {} : { version: hypervisor.version }),
    ...(cpus === null ? {} : { cpus }),
    ...(totalMemoryKib === null ? {} : { memoryKib: totalMemoryKib }),
  };
}
