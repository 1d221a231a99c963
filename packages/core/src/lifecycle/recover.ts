import type { DomainInfo } from '../contract/ports/domains.js';
import type { JournalEntry } from '../contract/ports/journal.js';
import type { XenStore } from '../contract/ports/xenstore.js';
import { DEVICE_MODELS, DOMAINS, JOURNAL, KEPT_DOMAINS, XENSTORE } from '../contract/tokens.js';
import type { XenImageError } from '../errors.js';
import { storeRoot } from '../execute/paths.js';
import { asXenImageError } from '../execute/undo.js';
import type { Operation } from '../registry/operation.js';
import { endDomain, hasAnother } from './destroy.js';
import { closeEntry, leaveEntry } from './entry.js';
import { endRestart } from './keep.js';
import { releaseIdentity } from './names.js';
import { recoverRestore, type RestoreContext } from './restore-device-model.js';
import { recoverSave } from './save-device-model.js';
import { findUnbuilt } from './unbuilt.js';

/** What became of an operation that its process left unfinished. */
export interface Recovered {
  readonly entry: JournalEntry;
  /**
   * `finished`: the domain was whole and runs, or stays paused as was asked; one that was being destroyed is gone.
   * `undone`: everything was given back, or a domain whose device model was being saved goes on; one whose device model was to be
   * restored goes on with it where that is `finished`. `failed`: something is still there, see `error`.
   */
  readonly outcome: 'finished' | 'undone' | 'failed';
  readonly error?: XenImageError;
}

/** A recovery under way. */
interface Recovery {
  readonly operation: Operation;
  /** Ids of the entries that it has in its hands. */
  readonly own: ReadonlySet<string>;
  /** Plans device models whose restore was cut off. */
  readonly restoring: RestoreContext | undefined;
}

/**
 * The domain an entry speaks of, if it is still that one. An entry without domid was cut off before it could be told:
 * only a domain of that uuid that never ran and has no memory yet can be it.
 *
 * @throws XenImageError `UUID_TAKEN` where it may be that of an operation under way
 */
async function domainOf({ operation, own }: Recovery, entry: JournalEntry): Promise<DomainInfo | undefined> {
  const domains = operation.get(DOMAINS);
  if (entry.domid !== undefined) {
    const info = await domains.info(entry.domid);
    return info?.uuid === entry.uuid ? info : undefined;
  }
  return findUnbuilt(domains, operation.find(JOURNAL), entry.uuid, { ids: own });
}

/** Removes what is kept for a domain that is gone; a domid, or a uuid, that another domain has by now is left alone. */
async function removeRecords(operation: Operation, entry: JournalEntry): Promise<void> {
  const store = operation.get(XENSTORE);
  const { domid, uuid, name } = entry;
  if (domid !== undefined) {
    if ((await operation.get(DOMAINS).info(domid)) === undefined) {
      await operation.find(DEVICE_MODELS)?.stop(domid);
      await store.remove(storeRoot('domain', domid, uuid));
      await store.remove(storeRoot('device-model', domid, uuid));
    }
    await releaseIdentity(store, name, { domid, uuid });
  }
  if (await hasAnother(operation, uuid, undefined)) return;
  await store.remove(storeRoot('vm', domid ?? 0, uuid));
  await forgetConfiguration(operation, entry);
}

/** Saves and restores of a device model; the domain that is gone needs nothing of them any more. */
async function recoverState(recovery: Recovery, entry: JournalEntry): Promise<Recovered['outcome']> {
  const { operation, restoring } = recovery;
  const info = await domainOf(recovery, entry);
  if (info === undefined || info.dying) {
    const { domid } = entry;
    // Whoever destroyed it may have been done before the new device model was started.
    if (domid !== undefined && (await operation.get(DOMAINS).info(domid)) === undefined) {
      await operation.find(DEVICE_MODELS)?.stop(domid);
    }
    return 'undone';
  }
  if (entry.operation === 'save-device-model') return recoverSave(operation, entry, info);
  if (restoring === undefined) throw new TypeError('whoever recovers here cannot plan a device model');
  return recoverRestore(restoring, operation, entry, info);
}

function recoverOne(recovery: Recovery, entry: JournalEntry): Promise<Recovered['outcome']> {
  switch (entry.operation) {
    case 'destroy':
      return finishDestroy(recovery, entry);
    case 'create':
      return recoverEntry(recovery, entry);
    case 'save-device-model':
    case 'restore-device-model':
      return recoverState(recovery, entry);
  }
}

async function recoverEntry(recovery: Recovery, entry: JournalEntry): Promise<Recovered['outcome']> {
  const { operation } = recovery;
  const info = await domainOf(recovery, entry);
  if (info !== undefined && entry.finish !== undefined) {
    if (entry.finish !== 'nothing' && info.paused) {
      if (entry.finish === 'resume') await operation.find(DEVICE_MODELS)?.resume?.(info.domid);
      await operation.get(DOMAINS).unpause(info.domid);
    }
    const kept = operation.find(KEPT_DOMAINS);
    if (kept !== undefined) await endRestart(kept, info.uuid);
    return 'finished';
  }
  if (info !== undefined) {
    const { domid } = info;
    const { uuid } = entry;
    const name = (await operation.get(XENSTORE).read(`/local/domain/${domid}/name`)) ?? null;
    await endDomain(operation, { domid, uuid, name }, { keepConfiguration: true });
    // The domain has its name from the index before its own node says it: only the journal is sure to know it.
    await releaseIdentity(operation.get(XENSTORE), entry.name, { domid, uuid });
    await forgetConfiguration(operation, entry);
  } else if (entry.finish === undefined) {
    await removeRecords(operation, entry);
  }
  return 'undone';
}

/** Destroys a domain that is half destroyed: what is still there of it goes. */
async function finishDestroy(recovery: Recovery, entry: JournalEntry): Promise<Recovered['outcome']> {
  const { operation } = recovery;
  const info = await domainOf(recovery, entry);
  if (info !== undefined) {
    const { domid, uuid } = info;
    await endDomain(
      operation,
      { domid, uuid, name: entry.name === '' ? null : entry.name },
      { keepConfiguration: true },
    );
    await forgetConfiguration(operation, entry);
  } else await removeRecords(operation, entry);
  return 'finished';
}

/** What is kept of a domain goes with it, unless its restart was cut off: whoever supervises next starts it. */
async function forgetConfiguration(operation: Operation, { uuid, domid }: JournalEntry): Promise<void> {
  if (await hasAnother(operation, uuid, domid)) return;
  const kept = operation.find(KEPT_DOMAINS);
  if ((await kept?.read(uuid))?.state !== 'restarting') await kept?.forget(uuid);
}

/** How many requests after a client's end xenstored may still carry out requests of that client. */
const LATE_REQUESTS = 2;

/**
 * Waits until xenstored has let go of clients that are gone: what they had sent could else come after what is removed here.
 * The C xenstored drops a connection that was closed at its next turn; oxenstored carries out one request a turn, and finds
 * the connection closed when it has answered.
 */
async function untilClientsDropped(store: XenStore): Promise<void> {
  for (let turn = 0; turn <= LATE_REQUESTS; turn++) await store.read('/');
}

/**
 * Finishes or undoes what processes that are gone left unfinished. Only entries whose owner is gone are touched, and a
 * domain only while its domid still has the entry's uuid.
 *
 * An entry that cannot be finished stays in the journal and is reported as `failed`; the others are still tried.
 *
 * @param restoring - plans device models whose restore was cut off; without it those stay in the journal
 */
export async function recoverDomains(operation: Operation, restoring?: RestoreContext): Promise<Recovered[]> {
  const journal = operation.find(JOURNAL);
  if (journal === undefined) return [];
  const recovered: Recovered[] = [];
  const abandoned = await journal.abandoned();
  const recovery: Recovery = { operation, own: new Set(abandoned.map(({ record }) => record.id)), restoring };
  for (const { record, entry } of abandoned) {
    let outcome: Recovered['outcome'] = 'failed';
    let failure: XenImageError | undefined;
    try {
      if (recovered.length === 0) await untilClientsDropped(operation.get(XENSTORE));
      outcome = await recoverOne(recovery, record);
      failure = await closeEntry(entry);
    } catch (error) {
      failure = asXenImageError(error);
      await leaveEntry(entry);
    }
    if (failure === undefined) recovered.push({ entry: record, outcome });
    else recovered.push({ entry: record, outcome: 'failed', error: failure.with({ phase: 'recover' }) });
  }
  return recovered;
}
