import { readField, readHex, readNumber, readPages } from '../abi/struct.js';
import type { AbiTable } from '../abi/table.js';
import type { XcHandle } from '../library/handle.js';
import { allDomains, domainsFrom } from './domain-list.js';

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
  /** The UUID's 16 bytes, as 32 hexadecimal digits. */
  readonly handle: string;
}

/** All domains that there are, by ascending domid. */
export async function listDomains(xc: XcHandle): Promise<RawDomainInfo[]> {
  const domains: RawDomainInfo[] = [];
  for await (const { infos, count } of allDomains(xc)) {
    for (let index = 0; index < count; index += 1) domains.push(decodeInfo(xc.abi, infos, index));
  }
  return domains;
}

/** One domain; `undefined` where there is none of that domid. */
export async function domainInfo(xc: XcHandle, domid: number): Promise<RawDomainInfo | undefined> {
  const { infos, count } = await domainsFrom(xc, domid, 1);
  const found = count === 0 ? undefined : decodeInfo(xc.abi, infos, 0);
  return found?.domid === domid ? found : undefined;
}

function decodeInfo({ constants, structs }: AbiTable, infos: Buffer, index: number): RawDomainInfo {
  const layout = structs.domainInfo;
  const base = index * layout.size;
  const flags = readNumber(layout, infos, 'flags', base);
  const flag = (bit: number): boolean => (flags & bit) !== 0;
  const lastVcpu = readNumber(layout, infos, 'max_vcpu_id', base);
  return {
    domid: readNumber(layout, infos, 'domain', base),
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
    handle: readHex(layout, infos, 'handle', base),
  };
}
