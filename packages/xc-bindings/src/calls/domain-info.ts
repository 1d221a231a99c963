import { readBytes, readField, readNumber, readPages } from '../abi/struct.js';
import type { AbiTable } from '../abi/table.js';
import { answeredDomid, badAnswer, countWithin } from '../library/bad-answer.js';
import type { XcHandle } from '../library/handle.js';

/** What the hypervisor knows of a domain: `xen_domctl_getdomaininfo` (xen/include/public/domctl.h). */
export interface RawDomainInfo {
  readonly domid: number;
  readonly dying: boolean;
  /** In a container for HVM or PVH; else PV. */
  readonly hvm: boolean;
  readonly shutdown: boolean;
  readonly paused: boolean;
  readonly blocked: boolean;
  readonly running: boolean;
  /** `SHUTDOWN_*`; means something only with `shutdown`. */
  readonly shutdownReason: number;
  /** Pages that the domain has. */
  readonly totalPages: number;
  /** The most that it may have; 4294967295 (2^32 - 1) for no limit. */
  readonly maxPages: number;
  /** Pages claimed and not yet populated. */
  readonly outstandingPages: number;
  readonly cpuTimeNs: bigint;
  readonly onlineVcpus: number;
  /** Vcpus allocated. */
  readonly vcpus: number;
  /** The UUID's 16 bytes. */
  readonly handle: Buffer;
}

const CALL = 'xc_domain_getinfolist';
/** How many domains are asked for in the first call, and in one call at most: the room for each is cleared and copied. */
const FIRST_BATCH = 32;
const MOST_BATCH = 256;

/** All domains that there are, by ascending domid: `xc_domain_getinfolist`. */
export async function listDomains(xc: XcHandle): Promise<RawDomainInfo[]> {
  const domains: RawDomainInfo[] = [];
  for (let first = 0, most = FIRST_BATCH; ; most = Math.min(2 * most, MOST_BATCH)) {
    const batch = await domainsFrom(xc, first, most);
    domains.push(...batch);
    const last = batch.at(-1);
    if (last === undefined || batch.length < most) return domains;
    first = last.domid + 1;
  }
}

/** One domain; `undefined` where there is none of that domid. */
export async function domainInfo(xc: XcHandle, domid: number): Promise<RawDomainInfo | undefined> {
  const [found] = await domainsFrom(xc, domid, 1);
  return found?.domid === domid ? found : undefined;
}

async function domainsFrom(xc: XcHandle, first: number, most: number): Promise<RawDomainInfo[]> {
  const { size } = xc.abi.structs.domainInfo;
  const infos = Buffer.alloc(size * most);
  const count = countWithin(CALL, await xc.require(CALL, undefined, xc.pointer, first, most, infos), most);
  const domains = Array.from({ length: count }, (_, index) => decodeInfo(xc.abi, infos, index * size));
  // They ascend, so that asking for those behind the last one ends.
  let least = first;
  for (const { domid } of domains) {
    if (domid < least) throw badAnswer(`domain ${String(domid)} where one from ${String(least)} on stands`, CALL);
    least = domid + 1;
  }
  return domains;
}

function decodeInfo({ constants, structs }: AbiTable, infos: Buffer, base: number): RawDomainInfo {
  const layout = structs.domainInfo;
  const flags = readNumber(layout, infos, 'flags', base);
  const flag = (bit: number): boolean => (flags & bit) !== 0;
  const lastVcpu = readNumber(layout, infos, 'max_vcpu_id', base);
  return {
    domid: answeredDomid(CALL, readNumber(layout, infos, 'domain', base)),
    dying: flag(constants.infoDying),
    hvm: flag(constants.infoHvm),
    shutdown: flag(constants.infoShutdown),
    paused: flag(constants.infoPaused),
    blocked: flag(constants.infoBlocked),
    running: flag(constants.infoRunning),
    shutdownReason: (flags >>> constants.infoShutdownShift) & constants.infoShutdownMask,
    totalPages: readPages(layout, infos, 'tot_pages', base),
    maxPages: readPages(layout, infos, 'max_pages', base),
    outstandingPages: readPages(layout, infos, 'outstanding_pages', base),
    cpuTimeNs: readField(layout, infos, 'cpu_time', base),
    onlineVcpus: readNumber(layout, infos, 'nr_online_vcpus', base),
    vcpus: lastVcpu === constants.noVcpus ? 0 : lastVcpu + 1,
    handle: Buffer.from(readBytes(layout, infos, 'handle', base)),
  };
}
