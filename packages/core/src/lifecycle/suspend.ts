import type { ShutdownReason } from '../contract/ports/domains.js';
import { DEVICE_MODELS, DOMAINS, XENSTORE } from '../contract/tokens.js';
import { isXenImageError, XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';
import type { Operation } from '../registry/operation.js';
import { unlessUnknown } from './release.js';
import { untilKnown } from './until.js';

/** How long vcpus may take to come to rest. What they wait for is answered in microseconds by a device model that runs. */
const REST_MS = 10_000;

/** A domain that is brought to rest, or let go on. */
export interface RestingDomain {
  readonly domid: number;
  readonly uuid: string;
}

/**
 * Brings a domain to rest, so that the device model that serves it can be replaced. A pause would not do: a vcpu that waits for the
 * answer to an access to a device would be paused in the midst of it, and the answer lost with the device model that
 * owes it. The hypervisor lets such a vcpu have its answer first where a domain shuts down
 * (`vcpu_start_shutdown_deferral`, xen/common/domain.c).
 *
 * @throws XenImageError `SUSPEND_TIMEOUT`, `DOMAIN_SHUT_DOWN` where the guest ended meanwhile, `ABORTED`
 */
export async function suspendDomain(
  operation: Operation,
  { domid, uuid }: RestingDomain,
  signal: AbortSignal | undefined,
): Promise<void> {
  const domains = operation.get(DOMAINS);
  await domains.shutdown(domid, 'suspend');
  const look = async (): Promise<ShutdownReason | 'gone' | undefined> => {
    const info = await domains.info(domid);
    return info === undefined || info.uuid !== uuid || info.dying ? 'gone' : info.shutdownReason;
  };
  const rests = await untilKnown(operation.get(XENSTORE), '@releaseDomain', look, { timeoutMs: REST_MS, signal });
  if (rests === 'suspend') return;
  throwIfAborted(signal);
  if (rests === undefined) {
    throw new XenImageError('SUSPEND_TIMEOUT', `the vcpus of domain ${domid} did not come to rest in ${REST_MS} ms`, {
      domain: { domid, uuid },
      hint: 'One waits for its device model. Where the domain is paused, unpause it before; else see the log of the device model.',
    });
  }
  throw shutDown({ domid, uuid }, rests);
}

/** The error for a domain that has ended otherwise. */
export function shutDown(domain: RestingDomain, reason: ShutdownReason | 'gone'): XenImageError {
  return new XenImageError('DOMAIN_SHUT_DOWN', `domain ${domain.domid} does not run any more (${reason})`, {
    domain: { domid: domain.domid, uuid: domain.uuid },
    data: { reason },
    hint:
      reason === 'suspend'
        ? 'It is suspended: xen-image restore-device-model, or xen-image resume, lets it go on.'
        : 'xen-image list shows what became of it.',
  });
}

/**
 * Lets the vcpus of a domain at rest go on, and of one that was to come to rest and did not; nothing changes for one that runs. Its device
 * model must answer them. One that ended otherwise is passed over.
 */
export async function wakeDomain(operation: Operation, { domid, uuid }: RestingDomain): Promise<void> {
  const domains = operation.get(DOMAINS);
  const info = await domains.info(domid);
  if (info?.uuid !== uuid || (info.shutdownReason ?? 'suspend') !== 'suspend') return;
  // Before it runs: else its end could come before xenstore is ready to tell of it.
  await unlessUnknown(operation.get(XENSTORE).resume(domid));
  await domains.resume(domid);
}

/**
 * Lets a domain that rests go on with the device model that it has. Where that died meanwhile the guest cannot go on, and its domain is
 * marked crashed.
 *
 * @throws XenImageError `DEVICE_MODEL_DIED`, once the domain is marked
 */
export async function goOn(operation: Operation, domain: RestingDomain): Promise<void> {
  const models = operation.get(DEVICE_MODELS);
  try {
    await models.cont?.(domain.domid);
  } catch (error) {
    if (isXenImageError(error) && error.code === 'DEVICE_MODEL_DIED') await crashDomain(operation, domain);
    throw error;
  }
  await wakeDomain(operation, domain);
}

/** Marks a domain at rest crashed. The hypervisor keeps the first reason for a shutdown, so it goes on, paused, for that. */
async function crashDomain(operation: Operation, domain: RestingDomain): Promise<void> {
  const domains = operation.get(DOMAINS);
  await domains.pause(domain.domid);
  await wakeDomain(operation, domain);
  await domains.shutdown(domain.domid, 'crash');
  await domains.unpause(domain.domid);
}
