import type { DomainInfo, Domains } from '../contract/ports/domains.js';
import type { XenStore, StoreTransaction } from '../contract/ports/xenstore.js';
import { XenImageError } from '../errors.js';
import type { KnownDomains } from './known-domains.js';

/** Where the toolstack keeps which domain has which name. Only domain 0 can read it. */
const INDEX = '/xen-image/name';
/** Likewise which domain has which uuid. */
const UUID_INDEX = '/xen-image/uuid';

/** A holder of a name or a uuid as its index node says it. */
interface Holder {
  readonly domid: number;
  readonly uuid: string;
}

/** A name as one xenstore path element: bytes that a path cannot hold as `@` and two hexadecimal digits. */
export function nameNode(name: string): string {
  let node = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const char = String.fromCharCode(byte);
    node += /[A-Za-z0-9_-]/.test(char) ? char : `@${byte.toString(16).padStart(2, '0')}`;
  }
  return `${INDEX}/${node}`;
}

/** The index node of a uuid. */
export function uuidNode(uuid: string): string {
  return `${UUID_INDEX}/${uuid}`;
}

function parseHolder(text: string): Holder | undefined {
  const match = /^(\d+) ([0-9a-f-]{36})$/.exec(text);
  return match === null ? undefined : { domid: Number(match[1]), uuid: match[2] ?? '' };
}

/** Whether a domain is still the one meant: the same uuid, and not on its way out. */
export function isLive(info: DomainInfo | undefined, uuid: string): boolean {
  return info !== undefined && info.uuid === uuid && !info.dying;
}

/**
 * Gives a domain its name and its uuid, in one transaction on the index nodes of both. A holder that is gone, or whose domid
 * belongs to another domain by now, loses them.
 *
 * @throws XenImageError `NAME_TAKEN`, `UUID_TAKEN`
 */
export async function claimName(
  ports: { readonly store: XenStore; readonly domains: Domains },
  name: string,
  own: Holder,
  signal: AbortSignal | undefined,
): Promise<void> {
  const places = [nameNode(name), uuidNode(own.uuid)] as const;
  const options = signal === undefined ? {} : { signal };
  const value = `${own.domid} ${own.uuid}`;
  const isTaken = async (holder: Holder | undefined): Promise<boolean> => {
    if (holder === undefined || (holder.domid === own.domid && holder.uuid === own.uuid)) return false;
    return isLive(await ports.domains.info(holder.domid), holder.uuid);
  };
  await ports.store.transaction(async (transaction) => {
    // Read before they are written, in one round: what is thrown takes the writes back.
    const [holder, twin] = await Promise.all([
      readHolder(transaction, places[0]),
      readHolder(transaction, places[1]),
      transaction.write(places.map((path) => ({ path, value }))),
    ]);
    // Not even to one of the same uuid: two creates of one configuration would run one guest's disks twice.
    if (holder !== undefined && (await isTaken(holder))) throw nameTaken(name, holder);
    if (twin !== undefined && (await isTaken(twin))) throw uuidTaken({ name, uuid: own.uuid }, twin);
    // Who had the name and is gone, destroyed by another toolstack, has left its uuid behind as well.
    if (holder !== undefined && holder.uuid !== own.uuid) await forgetUuid(transaction, holder);
  }, options);
}

async function forgetUuid(transaction: StoreTransaction, gone: Holder): Promise<void> {
  const path = uuidNode(gone.uuid);
  if ((await readHolder(transaction, path))?.domid === gone.domid) await transaction.remove(path);
}

async function readHolder(transaction: StoreTransaction, path: string): Promise<Holder | undefined> {
  const text = await transaction.read(path);
  return text === undefined ? undefined : parseHolder(text);
}

/** Takes a name away again, if this domain is still the one that has it. Its uuid stays its own. */
export async function releaseName(store: XenStore, name: string, own: Holder): Promise<void> {
  await release(store, [nameNode(name)], own);
}

/** Takes its name, where one is known, and its uuid away from a domain that is gone, as far as it still has them. */
export async function releaseIdentity(store: XenStore, name: string | null, own: Holder): Promise<void> {
  await release(store, [...(name === null || name === '' ? [] : [nameNode(name)]), uuidNode(own.uuid)], own);
}

async function release(store: XenStore, paths: readonly string[], own: Holder): Promise<void> {
  await store.transaction(async (transaction) => {
    const holders = await Promise.all(paths.map((path) => readHolder(transaction, path)));
    const held = paths.filter((_, index) => {
      const holder = holders[index];
      return holder?.domid === own.domid && holder.uuid === own.uuid;
    });
    await Promise.all(held.map((path) => transaction.remove(path)));
  });
}

function nameTaken(name: string, holder: Pick<Holder, 'domid'>): XenImageError {
  return new XenImageError('NAME_TAKEN', `a domain called ${name} exists already (domid ${holder.domid})`, {
    phase: 'create',
    domain: { name, domid: holder.domid },
    hint: 'Choose another name, or destroy that domain first.',
  });
}

/** Where guests and their names are looked for. */
interface NamePorts {
  readonly store: XenStore;
  readonly domains: Domains;
}

/**
 * Looks for a name and a uuid among the guests of all toolstacks.
 *
 * @throws XenImageError `NAME_TAKEN`, `UUID_TAKEN`
 */
export async function refuseTakenName(
  ports: NamePorts,
  own: { readonly name: string; readonly uuid: string },
  known: KnownDomains,
): Promise<void> {
  await known.look(ports.domains);
  const twin = known.withUuid(own.uuid).find(({ dying }) => !dying);
  const holder = await known.named(ports.store, own.name);
  if (holder !== undefined) throw nameTaken(own.name, holder);
  if (twin !== undefined) throw uuidTaken(own, twin);
}

/**
 * The running domain of a name: by the index where its holder has it still, else by a look at all.
 */
export async function findByName(ports: NamePorts, name: string): Promise<DomainInfo | undefined> {
  const held = await ports.store.read(nameNode(name));
  const holder = held === undefined ? undefined : parseHolder(held);
  if (holder !== undefined) {
    const [info, said] = await Promise.all([
      ports.domains.info(holder.domid),
      ports.store.read(`/local/domain/${holder.domid}/name`),
    ]);
    if (isLive(info, holder.uuid) && said === name) return info;
  }
  const infos = (await ports.domains.list()).filter(({ dying }) => !dying);
  const names = await Promise.all(infos.map(({ domid }) => ports.store.read(`/local/domain/${domid}/name`)));
  return infos.find((_, index) => names[index] === name);
}

function uuidTaken(
  own: { readonly name: string; readonly uuid: string },
  { domid }: Pick<Holder, 'domid'>,
): XenImageError {
  return new XenImageError('UUID_TAKEN', `domain ${domid} has the uuid ${own.uuid} already`, {
    phase: 'create',
    domain: own,
    hint: 'Give the guest a uuid of its own, or leave it out to have one made.',
  });
}
