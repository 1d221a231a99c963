import type { Memory } from '@xen-image/core';
import { physInfo } from '../calls/host.js';
import { claimPages, PAGE_BYTES, setMaxMemory, setMemmapLimit, setPagingPool } from '../calls/memory.js';
import type { XcSession } from './session.js';

const PAGE_KIB = PAGE_BYTES / 1024;

/** `Memory` over libxenctrl. */
export function memoryPort(session: XcSession): Memory {
  return {
    async physical() {
      const info = await physInfo(await session.handle());
      return {
        totalKib: info.totalPages * PAGE_KIB,
        freeKib: info.freePages * PAGE_KIB,
        scrubbingKib: info.scrubPages * PAGE_KIB,
        claimedKib: info.outstandingPages * PAGE_KIB,
      };
    },
    setMaxMemory: async (domid, maxMemoryKib) => setMaxMemory(await session.handle(), domid, maxMemoryKib),
    setMemmapLimit: async (domid, limitKib) => setMemmapLimit(await session.handle(), domid, limitKib),
    setPagingPool: async (domid, poolKib) => setPagingPool(await session.handle(), domid, poolKib * 1024),
    claim: async (domid, claimKib) => claimPages(await session.handle(), domid, Math.ceil(claimKib / PAGE_KIB)),
  };
}
