import type { XenStore } from '../contract/ports/xenstore.js';
import { isXenImageError } from '../errors.js';

/** What a daemon answers that does not know the domain. */
const UNKNOWN: ReadonlySet<string> = new Set(['ENOENT', 'EINVAL']);

/**
 * Tells xenstore that a domain is gone. Only after it was destroyed: xenconsoled looks once, when xenstore says so, and
 * keeps the console's page of a domain that still lives then; the domain could not end.
 *
 * xenstored lets go of a domain by itself when the hypervisor says that it is gone, and does not know it then: ENOENT of the C
 * xenstored, EINVAL of oxenstored.
 */
export async function releaseFromStore(store: XenStore, domid: number): Promise<void> {
  try {
    await store.release(domid);
  } catch (error) {
    if (!isXenImageError(error) || !UNKNOWN.has(error.errno ?? '')) throw error;
  }
}
