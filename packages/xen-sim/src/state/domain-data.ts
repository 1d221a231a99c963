import type { DomainSpec, ShutdownReason } from '@xen-image/core';
import { REGISTERS, registers, type LeafRegisters } from '../cpuid/model.js';
import { flatten, unflatten, type FlatRuns } from '../frames/frame-run.js';
import { Physmap, type PhysmapRun } from '../frames/physmap.js';
import type { Domain, MapEntry } from '../hypervisor/domain.js';

type Pairs<T> = readonly (readonly [string | number, T])[];

/** A domain in a file. */
export interface DomainData {
  readonly domid: number;
  readonly spec: DomainSpec;
  readonly incarnation: number;
  readonly vcpus: number;
  readonly built: boolean;
  readonly pauseCount: number;
  readonly creationFinished: boolean;
  readonly shutdownReason?: ShutdownReason;
  readonly dying: boolean;
  readonly maxFrames: number;
  readonly claimFrames: number;
  /** gfn, mfn, count, gfn, … */
  readonly physmap: readonly number[];
  readonly pod?: { readonly cache: FlatRuns; readonly entries: number };
  readonly pool: FlatRuns;
  readonly structures: FlatRuns;
  readonly storeFrame?: number;
  readonly consoleFrame?: number;
  readonly memoryMap?: readonly MapEntry[];
  readonly timeOffsetSeconds: number;
  readonly tscMode: Domain['tscMode'];
  readonly ports: Pairs<number>;
  readonly params: Pairs<number>;
  readonly cpuid: Pairs<readonly number[]>;
  readonly ia64?: Readonly<Record<string, string | number>>;
  readonly cpuTimeNs: number;
}

/** The form for a file. */
export function domainData(domain: Domain): DomainData {
  const { physmap, pod, pool, structures, ports, params, cpuid, ...plain } = domain;
  return {
    ...plain,
    physmap: physmap.runs.flatMap(({ gfn, mfn, count }) => [gfn, mfn, count]),
    ...(pod === undefined ? {} : { pod: { cache: flatten(pod.cache), entries: pod.entries } }),
    pool: flatten(pool),
    structures: flatten(structures),
    ports: [...ports],
    params: [...params],
    cpuid: [...cpuid].map(([key, leaf]) => [key, REGISTERS.map((register) => leaf[register])] as const),
  };
}

/** Reads the form for a file. */
export function domainFrom(data: DomainData): Domain {
  const { physmap, pod, pool, structures, ports, params, cpuid, ...plain } = data;
  return {
    ...plain,
    physmap: new Physmap(triples(physmap)),
    ...(pod === undefined ? {} : { pod: { cache: unflatten(pod.cache), entries: pod.entries } }),
    pool: unflatten(pool),
    structures: unflatten(structures),
    ports: new Map(ports as [number, number][]),
    params: new Map(params as [number, number][]),
    cpuid: new Map((cpuid as [string, number[]][]).map(([key, leaf]) => [key, leafFrom(leaf)])),
  };
}

function* triples(flat: readonly number[]): Iterable<PhysmapRun> {
  for (let at = 0; at + 2 < flat.length; at += 3) {
    yield { gfn: flat[at] as number, mfn: flat[at + 1] as number, count: flat[at + 2] as number };
  }
}

function leafFrom([eax = 0, ebx = 0, ecx = 0, edx = 0]: readonly number[]): LeafRegisters {
  return registers(eax, ebx, ecx, edx);
}
