import type { DomainInfo } from '../contract/ports/domains.js';
import { DOMAINS, XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import type { Operation } from '../registry/operation.js';
import { findByName } from './names.js';

/**
 * The domain that an operator means by a name or a domid. A text of digits alone is a domid where there is such a
 * domain, else a name.
 *
 * @throws XenImageError `DOMAIN_UNKNOWN`
 */
export async function findDomain(operation: Operation, nameOrDomid: string | number): Promise<DomainInfo> {
  const domains = operation.get(DOMAINS);
  const text = String(nameOrDomid);
  if (/^\d{1,5}$/.test(text)) {
    const info = await domains.info(Number(text));
    if (info !== undefined) return info;
  }
  const found =
    typeof nameOrDomid === 'string'
      ? await findByName({ store: operation.get(XENSTORE), domains }, nameOrDomid)
      : undefined;
  if (found !== undefined) return found;
  throw new XenImageError('DOMAIN_UNKNOWN', `there is no domain ${JSON.stringify(nameOrDomid)}`, {
    hint: 'xen-image list shows the domains that run.',
  });
}
