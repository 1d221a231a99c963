import type { ShutdownReason } from '../contract/ports/domains.js';
import { DOMAINS, XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';
import type { Operation } from '../registry/operation.js';
import { findDomain } from './find.js';
import { untilKnown } from './until.js';

/** How long a guest is given to end, unless told otherwise. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** How a guest is asked to end. */
export interface AskShutdownOptions {
  /** What its kernel is asked for; `poweroff` where not given. */
  readonly request?: 'poweroff' | 'reboot';
  /** Waits so many milliseconds for the guest to end; 60,000 where not given, 0 to ask alone. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A guest that was asked to end. */
export interface AskedDomain {
  readonly domid: number;
  readonly uuid: string;
  /** How it ended, `gone` where somebody destroyed it at once; `null` where nobody waited for it. */
  readonly ended: ShutdownReason | 'gone' | null;
}

/**
 * Asks a guest to end, as its kernel does when it sees the word in `control/shutdown`
 * (xen/docs/misc/xenstore-paths.pandoc). What follows is a supervisor's, or whoever destroys it.
 *
 * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED` for domain 0, `SHUTDOWN_UNSUPPORTED` for an HVM guest
 * without paravirtual drivers, `SHUTDOWN_IGNORED` where it still runs when the time is over, `ABORTED`
 */
export async function askShutdown(
  operation: Operation,
  nameOrDomid: string | number,
  { request = 'poweroff', timeoutMs = DEFAULT_TIMEOUT_MS, signal }: AskShutdownOptions = {},
): Promise<AskedDomain> {
  const domains = operation.get(DOMAINS);
  const store = operation.get(XENSTORE);
  const { domid, uuid, container, shutdownReason } = await findDomain(operation, nameOrDomid);
  if (domid === 0) throw new XenImageError('DOMAIN_PROTECTED', 'domain 0 is the host itself', { domain: { domid } });
  if (shutdownReason !== undefined) return { domid, uuid, ended: shutdownReason };
  const control = `/local/domain/${domid}/control`;
  if (container === 'hvm' && (await store.read(`${control}/feature-${request}`)) !== '1') {
    throw new XenImageError('SHUTDOWN_UNSUPPORTED', `the guest does not say that it acts on ${request}`, {
      domain: { domid, uuid },
      hint: 'An HVM guest needs paravirtual drivers for that: shut it down from inside, or destroy it.',
    });
  }
  await store.write([{ path: `${control}/shutdown`, value: request }]);
  if (timeoutMs === 0) return { domid, uuid, ended: null };
  const look = async (): Promise<ShutdownReason | 'gone' | undefined> => {
    const info = await domains.info(domid);
    return info === undefined || info.uuid !== uuid || info.dying ? 'gone' : info.shutdownReason;
  };
  const ended = await untilKnown(store, '@releaseDomain', look, { timeoutMs, signal });
  if (ended !== undefined) return { domid, uuid, ended };
  throwIfAborted(signal);
  throw new XenImageError('SHUTDOWN_IGNORED', `the guest still runs ${timeoutMs} ms after it was asked to end`, {
    domain: { domid, uuid },
    hint: 'Look at its console. `xen-image destroy` ends it without asking.',
  });
}
