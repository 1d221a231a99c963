import { domainGone } from '../store/domains.js';
import { giveBack, setClaim } from './allocate.js';
import type { Domain } from './domain.js';
import { logDomain } from './domain-log.js';
import type { Machine } from './machine.js';
import { guestOf } from './refuse.js';

/**
 * `XEN_DOMCTL_destroydomain`: the domain's memory, channels and claims are given back and the store is told.
 *
 * Memory that a device model still maps stays with the domain, which stays listed as dying until that process ends, as
 * with a real one.
 */
export function destroyDomain(machine: Machine, domid: number): void {
  const domain = guestOf(machine, domid, 'xc_domain_destroy');
  if (domain.dying) return;
  domain.dying = true;
  logDomain(machine, domid);
  setClaim(machine, domain, 0);
  domain.ports.clear();
  domainGone(machine.store, domid);
  if (!machine.processes.has(domid)) reap(machine, domain);
}

/** Called when a device model is gone: a domain that was destroyed before ends now. */
export function deviceModelGone(machine: Machine, domid: number): void {
  const domain = machine.domains.get(domid);
  if (domain?.dying === true) reap(machine, domain);
}

function reap(machine: Machine, domain: Domain): void {
  giveBack(machine, domain.physmap.clear());
  giveBack(machine, domain.pod?.cache ?? []);
  giveBack(machine, domain.pool);
  giveBack(machine, domain.structures);
  machine.domains.delete(domain.domid);
  logDomain(machine, domain.domid);
}
