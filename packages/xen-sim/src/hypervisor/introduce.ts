import { introduceDomain } from '../store/domains.js';
import { storeError } from '../store/errors.js';
import type { Machine } from './machine.js';

/**
 * Tells the store of a domain: it maps the domain's ring and binds its port, so both must be there.
 *
 * @throws XenImageError with errno `EINVAL` and request `INTRODUCE`
 */
export function introduce(machine: Machine, domid: number, storeFrame: number, storePort: number): void {
  const invalid = (why: string) => storeError('EINVAL', 'INTRODUCE', undefined, why);
  const domain = machine.domains.get(domid);
  if (domain === undefined || domain.dying) throw invalid(`there is no domain ${domid}`);
  if (domain.storeFrame === undefined) throw invalid(`domain ${domid} has no ring: it is not built`);
  if (domain.storeFrame !== storeFrame) {
    throw invalid(`frame ${storeFrame} is not the ring of domain ${domid}, which is ${domain.storeFrame}`);
  }
  if (domain.ports.get(storePort) !== 0)
    throw invalid(`port ${storePort} of domain ${domid} is not domain 0's to bind`);
  introduceDomain(machine.store, domid, storeFrame, storePort);
}
