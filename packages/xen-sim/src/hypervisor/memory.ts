import type { PhysicalMemory } from '@xen-image/core';
import { countFrames } from '../frames/frame-run.js';
import { FRAME_KIB, framesIn, kibOf, whole } from '../units.js';
import { setClaim } from './allocate.js';
import { totalFrames } from './domain.js';
import { domainOf, refuse } from './refuse.js';
import type { Machine } from './machine.js';

/** A domain's limit is kept in 32 bits there. */
const MOST_FRAMES = 0xffff_ffff;

/** `xc_physinfo`, the part that speaks of memory. Free memory includes what is claimed. */
export function physicalMemory(machine: Machine): PhysicalMemory {
  return {
    totalKib: machine.settings.memoryKib,
    freeKib: kibOf(machine.frames.freeFrames),
    scrubbingKib: kibOf(countFrames(machine.scrubbing)),
    claimedKib: kibOf(machine.claimedFrames),
  };
}

/** `XEN_DOMCTL_max_mem`: the limit may lie below what the domain has; it gets nothing more then. */
export function setMaxMemory(machine: Machine, domid: number, maxMemoryKib: number): void {
  const domain = domainOf(machine, domid, 'xc_domain_setmaxmem');
  domain.maxFrames = Math.min(framesIn(whole('maxMemoryKib', maxMemoryKib)), MOST_FRAMES);
}

/** `XENMEM_set_memory_map` with one region of RAM from 0. */
export function setMemmapLimit(machine: Machine, domid: number, limitKib: number): void {
  const domain = domainOf(machine, domid, 'xc_domain_set_memmap_limit');
  const sizeBytes = whole('limitKib', limitKib) * 1024;
  domain.memoryMap = [{ addressBytes: 0, sizeBytes, kind: 'ram' }];
}

/** `XENMEM_claim_pages`: domain_set_outstanding_pages (xen/common/page_alloc.c). */
export function claimMemory(machine: Machine, domid: number, claimKib: number): void {
  const call = 'xc_domain_claim_pages';
  const domain = domainOf(machine, domid, call);
  const frames = framesIn(whole('claimKib', claimKib));
  if (frames === 0) {
    setClaim(machine, domain, 0);
    return;
  }
  const has = totalFrames(domain);
  const why = (text: string) => ({ domid, why: text });
  if (domain.claimFrames > 0) throw refuse(call, 'EINVAL', why('the domain has a claim already'));
  if (frames <= has) throw refuse(call, 'EINVAL', why(`the domain has ${kibOf(has)} KiB already, which is no less`));
  if (frames > domain.maxFrames) {
    throw refuse(call, 'EINVAL', {
      ...why(`a claim of ${claimKib} KiB exceeds the domain's maximum of ${kibOf(domain.maxFrames)} KiB`),
      hint: 'Set the maximum memory before the claim: a new domain may have nothing.',
    });
  }
  const unclaimed = machine.frames.freeFrames - machine.claimedFrames;
  if (frames - has > unclaimed) {
    throw refuse(call, 'ENOMEM', {
      ...why(`${kibOf(frames - has)} KiB are asked for, ${kibOf(unclaimed)} KiB are free and unclaimed`),
      data: { neededKib: kibOf(frames - has), freeKib: kibOf(unclaimed) },
    });
  }
  setClaim(machine, domain, frames - has);
}

/** Ends scrubbing: so many KiB of freed memory, or all of it, become free. */
export function scrub(machine: Machine, kib = Number.POSITIVE_INFINITY): void {
  let left = Math.floor(kib / FRAME_KIB);
  while (left > 0) {
    const run = machine.scrubbing.shift();
    if (run === undefined) return;
    const count = Math.min(run.count, left);
    machine.frames.free({ start: run.start, count });
    if (count < run.count) machine.scrubbing.unshift({ start: run.start + count, count: run.count - count });
    left -= count;
  }
}
