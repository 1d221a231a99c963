import type { CpuPolicy, Domains, EventChannels, HvmParams, Memory } from '@xen-image/core';
import { applyPolicy, checkCpuid, readCpuid, setCpuid } from '../cpuid/calls.js';
import { createDomain } from '../hypervisor/create-domain.js';
import { destroyDomain } from '../hypervisor/destroy-domain.js';
import { domainChanges } from '../hypervisor/domain-log.js';
import { domainInfo, listDomains } from '../hypervisor/domain-info.js';
import { allocateUnbound } from '../hypervisor/event-channels.js';
import { getHvmParam, setHvmParam } from '../hypervisor/hvm-params.js';
import type { Machine } from '../hypervisor/machine.js';
import { claimMemory, physicalMemory, setMaxMemory, setMemmapLimit } from '../hypervisor/memory.js';
import { setPagingPool } from '../hypervisor/paging-pool.js';
import { pause, resume, setMaxVcpus, setTimeOffset, setTscMode, shutdown, unpause } from '../hypervisor/run-domain.js';
import type { Session } from './session.js';

type OnMachine<A extends unknown[], T> = (machine: Machine, ...args: A) => T;
type Call<A extends unknown[], T> = (...args: A) => Promise<T>;

/** A call of a port that looks at the machine. */
function looking<A extends unknown[], T>(session: Session, look: OnMachine<A, T>): Call<A, T> {
  return (...args) => session.read((machine) => look(machine, ...args));
}

/** A call of a port that changes the machine. */
function changing<A extends unknown[], T>(session: Session, change: OnMachine<A, T>): Call<A, T> {
  return (...args) => session.write((machine) => change(machine, ...args));
}

/** Domains and their life. */
export function domainsPort(session: Session): Domains {
  return {
    create: changing(session, createDomain),
    setMaxVcpus: changing(session, setMaxVcpus),
    setTimeOffset: changing(session, setTimeOffset),
    setTscMode: changing(session, setTscMode),
    pause: changing(session, pause),
    unpause: changing(session, unpause),
    shutdown: changing(session, shutdown),
    resume: changing(session, resume),
    destroy: changing(session, destroyDomain),
    info: looking(session, domainInfo),
    list: looking(session, listDomains),
    changes: looking(session, domainChanges),
  };
}

/** Limits and reservations of memory. */
export function memoryPort(session: Session): Memory {
  return {
    physical: looking(session, physicalMemory),
    setMaxMemory: changing(session, setMaxMemory),
    setMemmapLimit: changing(session, setMemmapLimit),
    setPagingPool: changing(session, setPagingPool),
    claim: changing(session, claimMemory),
  };
}

/** Event channels. */
export function eventChannelsPort(session: Session): EventChannels {
  return { allocateUnbound: changing(session, allocateUnbound) };
}

/** HVM parameters. */
export function hvmParamsPort(session: Session): HvmParams {
  return { set: changing(session, setHvmParam), get: looking(session, getHvmParam) };
}

/** CPUID policies. */
export function cpuPolicyPort(session: Session): CpuPolicy {
  return {
    apply: changing(session, applyPolicy),
    set: changing(session, setCpuid),
    read: looking(session, readCpuid),
    check: looking(session, checkCpuid),
  };
}
