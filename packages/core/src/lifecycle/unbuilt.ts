import type { DomainInfo, Domains } from '../contract/ports/domains.js';
import type { Journal } from '../contract/ports/journal.js';
import { isXenImageError, XenImageError } from '../errors.js';

/** Memory below which a domain was not yet built. */
const UNBUILT_KIB = 1024;

/** Whether a domain of this uuid was just made: it never ran and has no memory yet. */
export function isUnbuilt(info: DomainInfo, uuid: string): boolean {
  return info.uuid === uuid && info.paused && !info.dying && info.memoryKib < UNBUILT_KIB && info.cpuTimeNs === 0n;
}

/** Pauses or destroys a domain that is gone already where another toolstack, or the end of its device model, was quicker. */
export async function ifThere(domains: Domains, domid: number, what: 'pause' | 'destroy'): Promise<void> {
  try {
    await domains[what](domid);
  } catch (error) {
    if (!isXenImageError(error) || error.errno !== 'ESRCH' || (await domains.info(domid)) !== undefined) throw error;
  }
}

/** Entries of the journal that are the caller's: those of these ids, and so many beside them that tell no domid yet. */
interface OwnEntries {
  readonly ids?: ReadonlySet<string>;
  readonly untold?: number;
}

/**
 * The domain of a uuid that was just made, whoever made it. Domids that another operation has told of are its own.
 *
 * @throws XenImageError `UUID_TAKEN` where there is one, and another operation on this uuid is under way that may have made it
 */
export async function findUnbuilt(
  domains: Domains,
  journal: Journal | undefined,
  uuid: string,
  { ids = new Set(), untold = 0 }: OwnEntries,
): Promise<DomainInfo | undefined> {
  const found = (await domains.list()).filter((info) => isUnbuilt(info, uuid));
  if (found.length === 0) return undefined;
  // After the look: whoever made one of them has had its entry before.
  const others = ((await journal?.list()) ?? []).filter((entry) => entry.uuid === uuid && !ids.has(entry.id));
  const told = new Set(others.map(({ domid }) => domid));
  const [unbuilt] = found.filter(({ domid }) => !told.has(domid));
  const silent = others.filter(({ domid }) => domid === undefined).length;
  if (unbuilt === undefined || silent <= untold) return unbuilt;
  throw new XenImageError('UUID_TAKEN', `domain ${unbuilt.domid} may be that of another create of the uuid ${uuid}`, {
    domain: { domid: unbuilt.domid, uuid },
    hint: 'Run xen-image recover once that is over.',
  });
}

/** Destroys what a creation left whose answer never came: a domain of its uuid that was just made. Its entry tells no domid. */
export async function destroyUnbuilt(domains: Domains, journal: Journal | undefined, uuid: string): Promise<void> {
  const unbuilt = await findUnbuilt(domains, journal, uuid, { untold: 1 });
  if (unbuilt !== undefined) await domains.destroy(unbuilt.domid);
}
