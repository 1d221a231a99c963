import {
  domainLimit,
  figure,
  maximumReservation,
  targetReservation,
  videoRamKib,
  wholeMib,
  withoutVideoRam,
  XenImageError,
  type Figure,
  type HandlerInput,
  type MemoryMath,
} from '@xen-image/core/plugin';

/** KiB a page. */
const PAGE_KIB = 4;
/** Pages of paging pool for each vcpu, for monitor and shadow tables. */
const POOL_PAGES_PER_VCPU = 256;

/**
 * What must be available: the memory, and video RAM where that is on top of it. QEMU takes it from the domain in both
 * cases.
 */
function available(input: HandlerInput, memoryKib: number): Figure {
  if (input.policy.memory.videoRam === 'within') return figure('available', memoryKib, 'memoryKib', { memoryKib });
  const videoKib = videoRamKib(input);
  return figure('available', memoryKib + videoKib, 'memoryKib + videoKib', { memoryKib, videoKib });
}

/** xend's pool: two pages a MiB, one for the p2m and one for shadows, whatever the paging; a larger one where configured. */
function poolOf2009(vcpus: number, shadowKib: number, maxmemKib: number): Figure {
  const pool = PAGE_KIB * (POOL_PAGES_PER_VCPU * vcpus + 2 * wholeMib(maxmemKib));
  const formula = 'max(4 * (256 * vcpus + 2 * floor(maxmemKib / 1024)), shadowKib)';
  return figure('shadow', Math.max(pool, shadowKib), formula, { vcpus, shadowKib, maxmemKib });
}

/**
 * libxl's pool (tools/libs/light/libxl_mem.c): a page a MiB for the p2m, and one more for shadows where the hardware
 * does not walk nested tables. A configured size is taken as it is.
 */
function poolByPaging(vcpus: number, shadowKib: number, maxmemKib: number, hap: boolean): Figure {
  if (shadowKib > 0) return figure('shadow', shadowKib, 'shadowKib', { shadowKib });
  const pagesPerMib = hap ? 1 : 2;
  const pool = PAGE_KIB * (POOL_PAGES_PER_VCPU * vcpus + pagesPerMib * wholeMib(maxmemKib));
  const formula = '4 * (256 * vcpus + pagesPerMib * floor(maxmemKib / 1024))';
  return figure('shadow', pool, formula, { vcpus, pagesPerMib, maxmemKib });
}

/** Whether the guest has hardware-assisted paging: it wants it, and the host has it. */
export function hasHap({ config, host }: HandlerInput): boolean {
  return config.platform.hap && host.hypervisor.hap;
}

/** A guest whose video card leaves it nothing cannot be built. */
function requireRoom(reservation: Figure, input: HandlerInput): Figure {
  if (input.policy.memory.videoRam === 'on-top' || wholeMib(reservation.value) > 0) return reservation;
  const { config } = input;
  throw new XenImageError(
    'MEMORY_TOO_SMALL',
    `memory of ${config.memory.targetKib} KiB leaves nothing beside ${videoRamKib(input)} KiB of video RAM`,
    {
      phase: 'plan',
      domain: { name: config.name },
      hint: 'Give the guest more memory or less videoram: video RAM comes out of memory.',
      data: { targetKib: config.memory.targetKib, videoKib: videoRamKib(input) },
    },
  );
}

/**
 * Memory of an x86 HVM guest.
 *
 * @throws XenImageError `MEMORY_TOO_SMALL` where the video RAM takes all of it
 */
export function memory(input: HandlerInput): MemoryMath {
  const { config, policy } = input;
  const vcpus = config.vcpus.maximum;
  const mayHave = (memoryKib: number): Figure => available(input, memoryKib);
  return {
    available: mayHave,
    initialReservation: requireRoom(withoutVideoRam(input, targetReservation(input)), input),
    maximumReservation: withoutVideoRam(input, maximumReservation(input)),
    shadow: (shadowKib, maxmemKib) =>
      policy.memory.pagingPool === 'static-maximum'
        ? poolOf2009(vcpus, shadowKib, maxmemKib)
        : poolByPaging(vcpus, shadowKib, maxmemKib, hasHap(input)),
    maxMemory: domainLimit(input, mayHave),
  };
}
