import { takeExtents, giveBack } from './allocate.js';
import { totalFrames } from './domain.js';
import type { Machine } from './machine.js';
import { domainOf, refuse } from './refuse.js';
import { framesIn, kibOf, whole } from '../units.js';

/**
 * What the balloon driver of a guest, or of domain 0, does: gives pages back from its highest frame down, or populates pages behind it.
 *
 * @throws XenImageError with errno `EBUSY` where not all could be populated; what could be stays
 */
export function balloonTo(machine: Machine, domid: number, targetKib: number): void {
  const domain = domainOf(machine, domid, 'xc_domain_populate_physmap');
  const target = framesIn(whole('targetKib', targetKib));
  for (let surplus = totalFrames(domain) - target; surplus > 0;) {
    const last = domain.physmap.runs.at(-1);
    if (last === undefined) return;
    const count = Math.min(surplus, last.count);
    giveBack(machine, domain.physmap.remove(last.gfn + last.count - count, count));
    surplus -= count;
  }
  const missing = target - totalFrames(domain);
  if (missing <= 0) return;
  for (const { start, count } of takeExtents(machine, domain, '4k', missing)) {
    const last = domain.physmap.runs.at(-1);
    domain.physmap.add(last === undefined ? 0 : last.gfn + last.count, start, count);
  }
  const short = target - totalFrames(domain);
  if (short > 0) {
    throw refuse('xc_domain_populate_physmap', 'EBUSY', { domid, why: `${kibOf(short)} KiB could not be populated` });
  }
}
