import type { CpuModel } from '../cpuid/model.js';
import { DEFAULT_CPU } from '../cpuid/default-model.js';
import type { SimulatedProcess } from '../devicemodel/process.js';
import { FrameAllocator } from '../frames/frame-allocator.js';
import { flatten, unflatten, type FlatRuns } from '../frames/frame-run.js';
import { emptyLog } from '../hypervisor/domain-log.js';
import type { Machine } from '../hypervisor/machine.js';
import type { MachineSettings } from '../hypervisor/settings.js';
import type { JournalRecord } from '../journal/record.js';
import { domainData, domainFrom, type DomainData } from './domain-data.js';
import { storeData, storeFrom, type StoreData } from './store-data.js';

/** A machine in a file. */
export interface MachineData {
  /** Without the processor where it is the default one. */
  readonly settings: Omit<MachineSettings, 'cpu'> & { readonly cpu?: CpuModel };
  readonly bootId: string;
  readonly free: FlatRuns;
  readonly scrubbing: FlatRuns;
  readonly held: FlatRuns;
  readonly lastDomid: number;
  readonly domains: readonly DomainData[];
  readonly store: StoreData;
  readonly processes: readonly SimulatedProcess[];
  readonly lastPid: number;
  readonly journal: readonly (readonly [string, JournalRecord])[];
  readonly fifos: readonly (readonly [string, number])[];
  readonly locks: readonly (readonly [string, string])[];
  readonly warnings: readonly string[];
}

/** The form for a file. */
export function machineData(machine: Machine): MachineData {
  const { cpu, ...settings } = machine.settings;
  return {
    settings: { ...settings, ...(cpu === DEFAULT_CPU ? {} : { cpu }) },
    bootId: machine.bootId,
    free: flatten(machine.frames.freeRuns()),
    scrubbing: flatten(machine.scrubbing),
    held: flatten(machine.held),
    lastDomid: machine.lastDomid,
    domains: [...machine.domains.values()].map(domainData),
    store: storeData(machine.store),
    processes: [...machine.processes.values()],
    lastPid: machine.lastPid,
    journal: [...machine.journal],
    fifos: [...machine.posix.fifos],
    locks: [...machine.posix.locks],
    warnings: machine.warnings,
  };
}

/** Reads the form for a file. */
export function machineFrom(data: MachineData): Machine {
  const frames = new FrameAllocator();
  for (const run of unflatten(data.free)) frames.free(run);
  const domains = data.domains.map(domainFrom);
  return {
    settings: { cpu: DEFAULT_CPU, ...data.settings },
    bootId: data.bootId,
    frames,
    scrubbing: unflatten(data.scrubbing),
    held: unflatten(data.held),
    claimedFrames: domains.reduce((sum, { claimFrames }) => sum + claimFrames, 0),
    domains: new Map(domains.map((domain) => [domain.domid, domain])),
    domainLog: emptyLog(),
    lastDomid: data.lastDomid,
    store: storeFrom(data.store),
    processes: new Map(data.processes.map((process) => [process.domid, process])),
    lastPid: data.lastPid,
    journal: new Map(data.journal),
    posix: { fifos: new Map(data.fifos), locks: new Map(data.locks) },
    warnings: [...data.warnings],
  };
}
