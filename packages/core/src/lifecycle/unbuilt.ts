import type { DomainInfo, Domains } from '../contract/ports/domains.js';
import { isXenImageError } from '../errors.js';

/** Memory below which a domain was not yet built. */
const UNBUILT_KIB = 1024;

/** Whether a domain of this uuid was just made: it never ran and has no memory yet. */
export function isUnbuilt(info: DomainInfo, uuid: string): boolean {
  return info.uuid === uuid && info.paused && !info.dying && info.memoryKib < UNBUILT_KIB && info.cpuTimeNs === 0n;
}

/** Destroys a domain that is gone already where another toolstack, or the end of its device model, was quicker. */
export async function destroyIfThere(domains: Domains, domid: number): Promise<void> {
  try {
    await domains.destroy(domid);
  } catch (error) {
    if (!isXenImageError(error) || error.errno !== 'ESRCH' || (await domains.info(domid)) !== undefined) throw error;
  }
}

/** Destroys what a creation left whose answer never came: a domain of its uuid that was just made. */
export async function destroyUnbuilt(domains: Domains, uuid: string): Promise<void> {
  for (const info of await domains.list()) {
    if (isUnbuilt(info, uuid)) await domains.destroy(info.domid);
  }
}
