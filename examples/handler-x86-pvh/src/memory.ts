import {
  figure,
  maximumReservation,
  targetReservation,
  wholeMib,
  type Figure,
  type HandlerInput,
  type MemoryMath,
} from '@xen-image/core/plugin';
import { tablesBytes } from './acpi.js';
import { PAGE_BYTES, SPECIAL } from './layout.js';

const PAGE_KIB = PAGE_BYTES / 1024;

/** KiB that a guest holds beside its RAM: special pages, the page of the RSDP, the pages of the tables. */
function besideKib(vcpus: number): number {
  return PAGE_KIB * (SPECIAL.pages + 1 + Math.ceil(tablesBytes(vcpus) / PAGE_BYTES));
}

/** The pool of a guest whose page tables the hardware walks: a page a MiB, and 256 a vcpu (libxl_mem.c). */
function pool(vcpus: number, shadowKib: number, maxmemKib: number): Figure {
  const formula = 'max(shadowKib, 4 * (256 * vcpus + floor(maxmemKib / 1024)))';
  const value = Math.max(shadowKib, PAGE_KIB * (256 * vcpus + wholeMib(maxmemKib)));
  return figure('shadow', value, formula, { shadowKib, vcpus, maxmemKib });
}

/** Memory of a PVH guest: what it is given, and a few pages that are its own and no RAM. There is no video RAM. */
export function memory(input: HandlerInput): MemoryMath {
  const { config, policy } = input;
  const vcpus = config.vcpus.maximum;
  const { targetKib } = config.memory;
  const pagesKib = besideKib(vcpus);
  const slackKib = policy.memory.maxMemorySlackKib ?? 0;
  return {
    available: (memoryKib) =>
      figure('available', memoryKib + pagesKib, 'memoryKib + pagesKib', { memoryKib, pagesKib }),
    initialReservation: targetReservation(input),
    maximumReservation: maximumReservation(input),
    shadow: (shadowKib, maxmemKib) => pool(vcpus, shadowKib, maxmemKib),
    maxMemory: figure('maxMemory', targetKib + Math.max(slackKib, pagesKib), 'targetKib + max(slackKib, pagesKib)', {
      targetKib,
      slackKib,
      pagesKib,
    }),
  };
}
