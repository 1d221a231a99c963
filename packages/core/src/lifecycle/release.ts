import type { XenStore } from '../contract/ports/xenstore.js';
import { isXenImageError } from '../errors.js';

/**
 * Tells xenstore that a domain is gone. Only after it was destroyed: xenconsoled looks once, when xenstore says so, and
 * keeps the console's page of a domain that still lives then; the domain could not end.
 *
 * xenstored lets go of a domain by itself when the hypervisor says that it is gone, and does not know it then.
 */
export async function releaseFromStore(store: XenStore, domid: number): Promise<void> {
  try {
    await store.release(domid);
  } catch (error) {
    if (!isXenImageError(error) || error.errno !== 'ENOENT') throw error;
  }
}
