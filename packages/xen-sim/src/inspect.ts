import type { DomainSpec } from '@xen-image/core';
import { countFrames } from './frames/frame-run.js';
import { totalFrames, type Domain } from './hypervisor/domain.js';
import type { Machine } from './hypervisor/machine.js';
import { physicalMemory } from './hypervisor/memory.js';
import { spellPermission } from './store/permissions.js';
import { fromBytes } from './store/text.js';
import { kibOf } from './units.js';

/** A domain in a {@link HostSnapshot}. */
export interface DomainSnapshot {
  readonly domid: number;
  readonly spec: DomainSpec;
  readonly vcpus: number;
  readonly built: boolean;
  readonly pauseCount: number;
  readonly hasRun: boolean;
  readonly dying: boolean;
  readonly shutdownReason: string | null;
  readonly memoryKib: number;
  readonly maxMemoryKib: number;
  readonly claimKib: number;
  readonly pagingPoolKib: number;
  /** The hypervisor's own structures for it. */
  readonly structuresKib: number;
  /** Guest frames with the machine frames behind them: runs of gfn, mfn, count. */
  readonly physmap: readonly (readonly [gfn: number, mfn: number, count: number])[];
  readonly onDemand: { readonly cacheKib: number; readonly entries: number } | null;
  readonly storeFrame: number | null;
  readonly consoleFrame: number | null;
  readonly memoryMap: readonly object[] | null;
  readonly timeOffsetSeconds: number;
  readonly tscMode: string;
  /** The remote domid by port. */
  readonly eventChannels: Readonly<Record<string, number>>;
  /** HVM parameters by number. */
  readonly hvmParams: Readonly<Record<string, number>>;
  /** CPUID leaves that differ from the default policy. */
  readonly cpuid: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly ia64: Readonly<Record<string, string | number>> | null;
}

/**
 * The whole state of a simulated host as plain data: equal snapshots are equal hosts, to the KiB and the node.
 *
 * Counters that only move forward (the next domid, the next pid, generations of the store) are not part of it.
 */
export interface HostSnapshot {
  readonly bootId: string;
  readonly memory: {
    readonly totalKib: number;
    readonly freeKib: number;
    readonly scrubbingKib: number;
    readonly claimedKib: number;
    readonly heldKib: number;
    /** Extents that could be had. */
    readonly free2m: number;
    readonly free1g: number;
  };
  readonly domains: readonly DomainSnapshot[];
  /** Nodes by path, the root's children and all below. */
  readonly store: Readonly<Record<string, { readonly value: string; readonly permissions: readonly string[] }>>;
  /** Domains that the store was told of. */
  readonly introduced: readonly number[];
  readonly deviceModels: readonly {
    readonly pid: number;
    readonly domid: number;
    readonly name: string;
    readonly program: string;
    readonly args: readonly string[];
    readonly vncDisplay: number | null;
    readonly resumed: boolean;
    /** Whether its emulation is stopped. */
    readonly stopped: boolean;
  }[];
  readonly fifos: Readonly<Record<string, number>>;
  readonly locks: readonly string[];
  /** Journal entries that are open or were left. */
  readonly journal: readonly {
    readonly operation: string;
    readonly name: string;
    readonly pending: readonly string[];
  }[];
}

/** Takes a snapshot. */
export function inspectMachine(machine: Machine): HostSnapshot {
  const { frames, store, posix } = machine;
  const ascending = (a: number, b: number): number => a - b;
  return {
    bootId: machine.bootId,
    memory: {
      ...physicalMemory(machine),
      heldKib: kibOf(countFrames(machine.held)),
      free2m: frames.available('2m'),
      free1g: frames.available('1g'),
    },
    domains: [...machine.domains.values()].sort((a, b) => a.domid - b.domid).map(snapshotOf),
    store: Object.fromEntries(
      [...store.tree.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, { value, permissions }]) => [
          path,
          { value: fromBytes(value), permissions: permissions.map(spellPermission) },
        ]),
    ),
    introduced: [...store.introduced.keys()].sort(ascending),
    deviceModels: [...machine.processes.values()]
      .sort((a, b) => a.domid - b.domid)
      .map(({ pid, domid, name, program, args, vncDisplay = null, resumed, stopped = false }) => {
        return { pid, domid, name, program, args: [...args], vncDisplay, resumed, stopped };
      }),
    fifos: Object.fromEntries([...posix.fifos].sort()),
    locks: [...posix.locks.keys()].sort(),
    journal: [...machine.journal.values()].map(({ entry: { operation, name, pending } }) => {
      return { operation, name, pending: [...pending] };
    }),
  };
}

function snapshotOf(domain: Domain): DomainSnapshot {
  const { pod } = domain;
  return {
    domid: domain.domid,
    spec: { ...domain.spec },
    vcpus: domain.vcpus,
    built: domain.built,
    pauseCount: domain.pauseCount,
    hasRun: domain.creationFinished,
    dying: domain.dying,
    shutdownReason: domain.shutdownReason ?? null,
    memoryKib: kibOf(totalFrames(domain)),
    maxMemoryKib: kibOf(domain.maxFrames),
    claimKib: kibOf(domain.claimFrames),
    pagingPoolKib: kibOf(countFrames(domain.pool)),
    structuresKib: kibOf(countFrames(domain.structures)),
    physmap: domain.physmap.runs.map(({ gfn, mfn, count }) => [gfn, mfn, count] as const),
    onDemand: pod === undefined ? null : { cacheKib: kibOf(countFrames(pod.cache)), entries: pod.entries },
    storeFrame: domain.storeFrame ?? null,
    consoleFrame: domain.consoleFrame ?? null,
    memoryMap: domain.memoryMap?.map((region) => ({ ...region })) ?? null,
    timeOffsetSeconds: domain.timeOffsetSeconds,
    tscMode: domain.tscMode,
    eventChannels: Object.fromEntries(domain.ports),
    hvmParams: Object.fromEntries(domain.params),
    cpuid: Object.fromEntries([...domain.cpuid].map(([key, registers]) => [key, { ...registers }])),
    ia64: domain.ia64 === undefined ? null : { ...domain.ia64 },
  };
}
