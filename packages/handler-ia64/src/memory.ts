import {
  domainLimit,
  figure,
  linuxMemory,
  noPagingPool,
  targetReservation,
  videoRamKib,
  type Figure,
  type HandlerInput,
  type MemoryMath,
} from '@xen-image/core/plugin';

/** KiB a page on ia64 under Xen. */
const PAGE_KIB = 16;
/**
 * Pages that a guest's firmware has beside its memory: 1024 of ROM (16 MiB below 4 GiB), and one each for I/O, xenstore,
 * buffered I/O, buffered port I/O and memory map information.
 */
const FIRMWARE_PAGES = 1024 + 5;

/** Memory of an ia64 PV guest. */
export const pvMemory: (input: HandlerInput) => MemoryMath = linuxMemory;

/**
 * What must be available for an ia64 HVM guest: its memory, its firmware's pages, and its video RAM, which is always on
 * top: no Xen that has ia64 counts it otherwise.
 */
function hvmAvailable(input: HandlerInput, memoryKib: number): Figure {
  const videoKib = videoRamKib(input);
  const value = memoryKib + FIRMWARE_PAGES * PAGE_KIB + videoKib;
  const formula = 'memoryKib + firmwarePages * pageKib + videoKib';
  return figure('available', value, formula, {
    memoryKib,
    firmwarePages: FIRMWARE_PAGES,
    pageKib: PAGE_KIB,
    videoKib,
  });
}

/** Memory of an ia64 HVM guest: the build makes room for all that must be available, and has no paging pool. */
export function hvmMemory(input: HandlerInput): MemoryMath {
  const available = (memoryKib: number): Figure => hvmAvailable(input, memoryKib);
  return {
    available,
    initialReservation: targetReservation(input),
    maximumReservation: { ...available(input.config.memory.maximumKib), name: 'maximumReservation' },
    shadow: noPagingPool,
    maxMemory: domainLimit(input, available),
  };
}
