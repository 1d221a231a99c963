import { XenImageError, type XenImageErrorDetails } from '@xen-image/core';
import type { Domain } from './domain.js';
import type { Machine } from './machine.js';

/** Meanings of the errnos that the simulated hypervisor answers, for messages. */
const MEANINGS: Readonly<Record<string, string>> = {
  EBUSY: 'memory ran out on the way',
  EEXIST: 'it is settled already',
  EINVAL: 'the hypervisor does not take this value',
  ENOMEM: 'not enough memory',
  ENOSPC: 'there is no more room for it',
  EOPNOTSUPP: 'this hypervisor cannot do that',
  EOVERFLOW: 'it was done too often',
  EPERM: 'it is not allowed',
  ESRCH: 'there is no such domain',
};

/** What can be said of a refused call beside its errno. */
export interface Refusal extends Pick<XenImageErrorDetails, 'said' | 'hint' | 'data'> {
  readonly domid?: number;
  /** Why, in words; the errno's meaning where not given. */
  readonly why?: string;
}

/** The error for a hypercall that fails: code `HYPERVISOR_CALL_FAILED` with libxc's name of the call and the errno. */
export function refuse(call: string, errno: string, refusal: Refusal = {}): XenImageError {
  const { domid, why = MEANINGS[errno] ?? 'the hypervisor refused it', ...details } = refusal;
  const of = domid === undefined ? '' : ` for domain ${domid}`;
  return new XenImageError('HYPERVISOR_CALL_FAILED', `${call} failed${of}: ${why} (${errno})`, {
    call,
    errno,
    ...(domid === undefined ? {} : { domain: { domid } }),
    ...details,
  });
}

/**
 * A domain by its domid, dying ones included.
 *
 * @throws XenImageError with errno `ESRCH`; `TypeError` for what is no domid
 */
export function domainOf(machine: Machine, domid: number, call: string): Domain {
  if (!Number.isInteger(domid)) throw new TypeError(`a domid is a whole number, not ${String(domid)}`);
  const domain = machine.domains.get(domid);
  if (domain === undefined) throw refuse(call, 'ESRCH', { domid });
  return domain;
}

/** A domain other than domain 0, which the hypervisor does not let its own toolstack treat so. */
export function guestOf(machine: Machine, domid: number, call: string): Domain {
  const domain = domainOf(machine, domid, call);
  if (domid === 0) throw refuse(call, 'EINVAL', { domid, why: 'domain 0 is the one that asks' });
  return domain;
}
