import { readNumber } from '../abi/struct.js';
import { answeredDomid, badAnswer, countWithin } from '../library/bad-answer.js';
import type { XcHandle } from '../library/handle.js';

const CALL = 'xc_domain_getinfolist';
/** How many domains are asked for in the first call at least, and in one call at most: the room for each is cleared and copied. */
const FIRST_BATCH = 32;
const MOST_BATCH = 256;

/** Domains as the hypervisor has answered them. */
export interface DomainBatch {
  /** Their `xen_domctl_getdomaininfo`, one behind the other, by ascending domid. */
  readonly infos: Buffer;
  readonly count: number;
}

/**
 * All domains that there are, by ascending domid: `xc_domain_getinfolist`, in batches. One that comes or goes meanwhile may be
 * among them or not.
 *
 * @param expected - how many there may be: so many are asked for at once, within bounds
 */
export async function* allDomains(xc: XcHandle, expected = 0): AsyncGenerator<DomainBatch, void, undefined> {
  const within = (count: number): number => Math.min(Math.max(count, FIRST_BATCH), MOST_BATCH);
  const layout = xc.abi.structs.domainInfo;
  let first = 0;
  for (let most = within(expected); ; most = within(2 * most)) {
    const batch = await domainsFrom(xc, first, most);
    if (batch.count > 0) yield batch;
    if (batch.count < most) return;
    first = readNumber(layout, batch.infos, 'domain', layout.size * (batch.count - 1)) + 1;
  }
}

/**
 * The first domains from a domid on.
 * @throws XenImageError `XEN_ANSWER_INVALID` for domids that do not ascend, or that no domain can have
 */
export async function domainsFrom(xc: XcHandle, first: number, most: number): Promise<DomainBatch> {
  const layout = xc.abi.structs.domainInfo;
  const infos = Buffer.alloc(layout.size * most);
  const count = countWithin(CALL, await xc.require(CALL, undefined, xc.pointer, first, most, infos), most);
  // They ascend, so that asking for those behind the last one ends.
  let least = first;
  for (let base = 0; base < count * layout.size; base += layout.size) {
    const domid = answeredDomid(CALL, readNumber(layout, infos, 'domain', base));
    if (domid < least) throw badAnswer(`domain ${String(domid)} where one from ${String(least)} on stands`, CALL);
    least = domid + 1;
  }
  return { infos, count };
}
