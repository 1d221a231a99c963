import type { DomainConfig } from '../config/domain-config.js';
import type { Figure, MemoryMath } from '../contract/memory.js';
import type { Policy } from '../contract/policy.js';
import type { MemoryPlan } from './image-plan.js';

const KIB_PER_MIB = 1024;

/** KiB rounded up to whole MiB. */
function toWholeMib(kib: number): number {
  return Math.ceil(kib / KIB_PER_MIB) * KIB_PER_MIB;
}

/**
 * What the toolstack reserves around a handler's figures: the paging pool and the IOMMU reserve in whole MiB, and what
 * must be free before the domain is made.
 */
export function memoryPlan(
  math: MemoryMath,
  config: DomainConfig,
  policy: Policy,
  container: 'pv' | 'hvm',
): MemoryPlan {
  const { targetKib, maximumKib, shadowKib } = config.memory;
  const shadow = math.shadow(shadowKib, maximumKib);
  const pagingPool: Figure = {
    name: 'pagingPool',
    value: toWholeMib(shadow.value),
    unit: 'KiB',
    formula: `${shadow.formula}, up to a whole MiB`,
    inputs: shadow.inputs,
  };
  const { iommuKibPerMib, overheadKib, overheadKibPerVcpu } = policy.memory;
  const iommuReserve: Figure = {
    name: 'iommuReserve',
    value: toWholeMib(iommuKibPerMib * Math.floor(maximumKib / KIB_PER_MIB)),
    unit: 'KiB',
    formula: 'iommuKibPerMib × floor(maximumKib / 1024), up to a whole MiB',
    inputs: { iommuKibPerMib, maximumKib },
  };
  const available = math.available(targetKib);
  const overhead = overheadKib[container];
  const vcpus = config.vcpus.maximum;
  const perVcpu = overheadKibPerVcpu?.[container];
  const parts = {
    available: available.value,
    pagingPool: pagingPool.value,
    iommuReserve: iommuReserve.value,
    overheadKib: overhead,
  };
  const freeNeeded: Figure = {
    name: 'freeNeeded',
    value: available.value + pagingPool.value + iommuReserve.value + overhead + (perVcpu ?? 0) * vcpus,
    unit: 'KiB',
    formula: `available + pagingPool + iommuReserve + overheadKib${perVcpu === undefined ? '' : ' + perVcpu * vcpus'}`,
    inputs: perVcpu === undefined ? parts : { ...parts, perVcpu, vcpus },
  };
  const { initialReservation, maximumReservation, maxMemory, memmapLimit } = math;
  const plan = {
    initialReservation,
    maximumReservation,
    available,
    maxMemory,
    pagingPool,
    iommuReserve,
    freeNeeded,
  };
  return memmapLimit === undefined ? plan : { memmapLimit, ...plan };
}
