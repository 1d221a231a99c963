import type { DomainSpec } from '@xen-image/core';
import type { FrameRun } from '../frames/frame-run.js';
import { Physmap } from '../frames/physmap.js';
import { domainCreated } from '../store/domains.js';
import { whole } from '../units.js';
import { giveBack, takeOwn } from './allocate.js';
import type { Domain } from './domain.js';
import { logDomain } from './domain-log.js';
import type { Machine } from './machine.js';
import { FIRST_POOL_FRAMES } from './paging-pool.js';
import { refuse } from './refuse.js';
import { hasHvm } from './settings.js';

/** Domids from here on have meanings of their own (xen/include/public/xen.h, DOMID_FIRST_RESERVED). */
export const FIRST_RESERVED_DOMID = 0x7ff0;

/** Frames of a domain's structures: the domain itself, shared info, grant table, event channels. */
const STRUCTURE_FRAMES = 8;
const MOST_VCPUS = { pv: 8192, hvm: 128 } as const;
const DEFAULT_MAX_PORT = 1023;
const CALL = 'xc_domain_create';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `XEN_DOMCTL_createdomain`: domctl.c, sanitise_domain_config and arch_domain_create. */
export function createDomain(machine: Machine, spec: DomainSpec): number {
  if (!UUID.test(spec.uuid)) throw new TypeError(`a uuid in lower case is due, not ${JSON.stringify(spec.uuid)}`);
  whole('maxVcpus', spec.maxVcpus);
  whole('maxEvtchnPort', spec.maxEvtchnPort ?? DEFAULT_MAX_PORT);
  checkSpec(machine, spec);
  const domid = nextDomid(machine);
  machine.lastDomid = domid;
  const { structures, pool } = takeStructures(machine, spec);
  machine.domains.set(domid, newDomain(domid, spec, domainCreated(machine.store, domid), { structures, pool }));
  logDomain(machine, domid);
  return domid;
}

/** A domain as it is right after its creation: paused, without vcpus and without memory. */
export function newDomain(
  domid: number,
  spec: DomainSpec,
  incarnation: number,
  own: { readonly structures: FrameRun[]; readonly pool: FrameRun[] },
): Domain {
  return {
    domid,
    spec: { ...spec },
    incarnation,
    vcpus: 0,
    built: false,
    pauseCount: 1,
    creationFinished: false,
    dying: false,
    maxFrames: 0,
    claimFrames: 0,
    physmap: new Physmap(),
    ...own,
    timeOffsetSeconds: 0,
    tscMode: 'default',
    ports: new Map(),
    params: new Map(),
    cpuid: new Map(),
    cpuTimeNs: 0,
  };
}

function checkSpec({ settings }: Machine, spec: DomainSpec): void {
  const invalid = (why: string) => refuse(CALL, 'EINVAL', { why });
  const { container, hap, emulation, maxVcpus } = spec;
  if (maxVcpus < 1) throw invalid('a domain needs a vcpu');
  if (hap && container !== 'hvm') throw invalid('hardware-assisted paging is for HVM containers alone');
  if (container === 'hvm' && !hasHvm(settings)) throw invalid('this host has no HVM');
  if (maxVcpus > MOST_VCPUS[container]) {
    throw invalid(`${maxVcpus} vcpus are more than the ${MOST_VCPUS[container]} of such a domain`);
  }
  if (hap && !settings.hap) throw invalid('this host has no hardware-assisted paging');
  const unsupported = (why: string) => refuse(CALL, 'EOPNOTSUPP', { why });
  if ((container === 'pv') !== (emulation === 'none')) {
    throw unsupported(`${container} domains are not created with emulators ${emulation}`);
  }
  if (container === 'hvm' && !hap && !settings.shadow) throw unsupported('this hypervisor has no shadow paging');
}

function nextDomid({ domains, lastDomid }: Machine): number {
  for (let domid = lastDomid + 1; ; domid += 1) {
    if (domid >= FIRST_RESERVED_DOMID) domid = 1;
    if (domid === lastDomid) throw refuse(CALL, 'ENOMEM', { why: 'all domids are in use' });
    if (!domains.has(domid)) return domid;
  }
}

function takeStructures(machine: Machine, spec: DomainSpec): { structures: FrameRun[]; pool: FrameRun[] } {
  const structures = takeOwn(machine, STRUCTURE_FRAMES);
  if (structures === undefined) throw refuse(CALL, 'ENOMEM');
  const pool = spec.hap ? takeOwn(machine, FIRST_POOL_FRAMES) : [];
  if (pool === undefined) {
    giveBack(machine, structures);
    throw refuse(CALL, 'ENOMEM', { why: 'no memory for the first paging pool' });
  }
  return { structures, pool };
}
