import type { DomainInfo } from '@xen-image/core';
import { kibOf } from '../units.js';
import { totalFrames, type Domain } from './domain.js';
import type { Machine } from './machine.js';

/** `XEN_DOMCTL_getdomaininfo` of one domain. */
export function domainInfo(machine: Machine, domid: number): DomainInfo | undefined {
  const domain = machine.domains.get(domid);
  return domain === undefined ? undefined : infoOf(domain);
}

/** All domains, by ascending domid. */
export function listDomains(machine: Machine): DomainInfo[] {
  const infos: DomainInfo[] = [];
  let last = -1;
  let ascending = true;
  for (const domain of machine.domains.values()) {
    ascending &&= domain.domid > last;
    last = domain.domid;
    infos.push(infoOf(domain));
  }
  return ascending ? infos : infos.sort((a, b) => a.domid - b.domid);
}

// Toolstacks ask for all domains at each creation: one object for each, without copies.
function infoOf(domain: Domain): DomainInfo {
  const { spec, shutdownReason } = domain;
  const runnable = domain.built && domain.vcpus > 0 && shutdownReason === undefined && !domain.dying;
  const info: { -readonly [K in keyof DomainInfo]: DomainInfo[K] } = {
    domid: domain.domid,
    uuid: spec.uuid,
    container: spec.container,
    paused: domain.pauseCount > 0,
    running: runnable && domain.pauseCount === 0,
    blocked: false,
    dying: domain.dying,
    memoryKib: kibOf(totalFrames(domain)),
    maxMemoryKib: kibOf(domain.maxFrames),
    onlineVcpus: domain.built ? domain.vcpus : 0,
    maxVcpus: spec.maxVcpus,
    cpuTimeNs: BigInt(domain.cpuTimeNs),
  };
  if (shutdownReason !== undefined) info.shutdownReason = shutdownReason;
  return info;
}
