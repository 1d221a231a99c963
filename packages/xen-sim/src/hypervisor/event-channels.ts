import { whole } from '../units.js';
import type { Machine } from './machine.js';
import { domainOf, refuse } from './refuse.js';

const CALL = 'xc_evtchn_alloc_unbound';
const DEFAULT_MAX_PORT = 1023;
/** The ABI's own limit with two-level event channels on x86-64. */
const ABI_MAX_PORT = 4095;

/**
 * `EVTCHNOP_alloc_unbound`: the lowest free port; port 0 is reserved. The remote domain need not exist
 * (xen/common/event_channel.c).
 */
export function allocateUnbound(machine: Machine, domid: number, remoteDomid: number): number {
  const domain = domainOf(machine, domid, CALL);
  whole('remoteDomid', remoteDomid);
  if (domain.dying) throw refuse(CALL, 'EINVAL', { domid, why: 'the domain is dying' });
  const last = Math.min(domain.spec.maxEvtchnPort ?? DEFAULT_MAX_PORT, ABI_MAX_PORT);
  for (let port = 1; port <= last; port += 1) {
    if (domain.ports.has(port)) continue;
    domain.ports.set(port, remoteDomid);
    return port;
  }
  throw refuse(CALL, 'ENOSPC', { domid, why: `all ${last} ports are in use` });
}
