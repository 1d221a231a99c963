import { SHUTDOWN_REASONS, type ShutdownReason } from '@xen-image/core';
import { domainShutDown } from '../store/domains.js';
import { whole } from '../units.js';
import { takeOwn } from './allocate.js';
import type { Machine } from './machine.js';
import { domainOf, guestOf, refuse } from './refuse.js';

/** Frames of a vcpu's structures. */
const VCPU_FRAMES = 3;
/** As many pauses as the hypervisor counts. */
const MOST_PAUSES = 255;

/** `XEN_DOMCTL_max_vcpus`: the number is settled at creation and must be the same here. */
export function setMaxVcpus(machine: Machine, domid: number, maxVcpus: number): void {
  const call = 'xc_domain_max_vcpus';
  const domain = guestOf(machine, domid, call);
  if (whole('maxVcpus', maxVcpus) !== domain.spec.maxVcpus) {
    throw refuse(call, 'EINVAL', { domid, why: `the domain was created for ${domain.spec.maxVcpus} vcpus` });
  }
  const structures = takeOwn(machine, (maxVcpus - domain.vcpus) * VCPU_FRAMES);
  if (structures === undefined) throw refuse(call, 'ENOMEM', { domid });
  domain.structures.push(...structures);
  domain.vcpus = maxVcpus;
}

/** `XEN_DOMCTL_settimeoffset`. */
export function setTimeOffset(machine: Machine, domid: number, offsetSeconds: number): void {
  const domain = domainOf(machine, domid, 'xc_domain_set_time_offset');
  domain.timeOffsetSeconds = whole('offsetSeconds', offsetSeconds, Number.MIN_SAFE_INTEGER);
}

/** `XEN_DOMCTL_settscinfo`. */
export function setTscMode(machine: Machine, domid: number, mode: 'default' | 'always' | 'never'): void {
  const call = 'xc_domain_set_tsc_info';
  const domain = guestOf(machine, domid, call);
  if (!['default', 'always', 'never'].includes(mode)) throw new TypeError(`there is no TSC mode ${mode}`);
  domain.tscMode = mode;
}

/** `XEN_DOMCTL_pausedomain`: pauses are counted, each needs an unpause of its own. */
export function pause(machine: Machine, domid: number): void {
  const call = 'xc_domain_pause';
  const domain = guestOf(machine, domid, call);
  if (domain.pauseCount >= MOST_PAUSES) throw refuse(call, 'EOVERFLOW', { domid });
  domain.pauseCount += 1;
}

/** `XEN_DOMCTL_unpausedomain`: the first time that no pause is left ends the domain's creation. */
export function unpause(machine: Machine, domid: number): void {
  const call = 'xc_domain_unpause';
  const domain = domainOf(machine, domid, call);
  if (domain.pauseCount === 0) throw refuse(call, 'EINVAL', { domid, why: 'the domain is not paused' });
  domain.pauseCount -= 1;
  if (domain.pauseCount === 0) domain.creationFinished = true;
}

/** `XEN_DOMCTL_resumedomain`: the vcpus go on as if nothing had been; nothing changes for a domain that runs. */
export function resume(machine: Machine, domid: number): void {
  delete guestOf(machine, domid, 'xc_domain_resume').shutdownReason;
}

/** `SCHEDOP_remote_shutdown`: the first reason stays. */
export function shutdown(machine: Machine, domid: number, reason: ShutdownReason): void {
  const call = 'xc_domain_shutdown';
  if (!SHUTDOWN_REASONS.includes(reason)) throw new TypeError(`there is no shutdown reason ${reason}`);
  const domain = guestOf(machine, domid, call);
  if (domain.shutdownReason !== undefined) return;
  domain.shutdownReason = reason;
  domainShutDown(machine.store, domid);
}
