import type { XenStore } from '../contract/ports/xenstore.js';
import { isXenImageError } from '../errors.js';

/** What a daemon answers that does not know the domain: ENOENT of the C xenstored, EINVAL of oxenstored. */
const UNKNOWN: ReadonlySet<string> = new Set(['ENOENT', 'EINVAL']);

/** Passes over that the daemon does not know the domain. */
export async function unlessUnknown(request: Promise<void>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isXenImageError(error) || !UNKNOWN.has(error.errno ?? '')) throw error;
  }
}

/**
 * Tells xenstore that a domain is gone. Only after it was destroyed: xenconsoled looks once, when xenstore says so, and
 * keeps the console's page of a domain that still lives then; the domain could not end.
 *
 * xenstored lets go of a domain by itself when the hypervisor says that it is gone, and does not know it then.
 */
export async function releaseFromStore(store: XenStore, domid: number): Promise<void> {
  await unlessUnknown(store.release(domid));
}
