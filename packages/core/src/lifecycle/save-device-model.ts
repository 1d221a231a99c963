import type { DomainInfo } from '../contract/ports/domains.js';
import type { JournalEntry, OpenJournalEntry } from '../contract/ports/journal.js';
import { DEVICE_MODELS, HOST, JOURNAL, XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';
import { asXenImageError } from '../execute/undo.js';
import type { Operation } from '../registry/operation.js';
import { withLeftovers } from './create-errors.js';
import { closeEntry, leaveEntry } from './entry.js';
import { findDomain } from './find.js';
import { goOn, shutDown, suspendDomain, type RestingDomain } from './suspend.js';

/** What a save that cannot be undone leaves to be done. */
const GO_ON = 'let the domain go on';

/** How a device model is saved. */
export interface SaveDeviceModelOptions {
  /** Asks the operation to end; what it has begun is undone. */
  readonly signal?: AbortSignal;
}

/** A domain whose device model was saved, or restored. */
export interface SavedDomain {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string | null;
}

/** Device models and later processes have other working directories. */
export function requireAbsolute(state: string): void {
  if (!state.startsWith('/')) throw new TypeError(`${JSON.stringify(state)} is no absolute path`);
}

/** The HVM guest that an operator means, with its name. */
export async function emulatedDomain(
  operation: Operation,
  nameOrDomid: string | number,
): Promise<DomainInfo & SavedDomain> {
  const info = await findDomain(operation, nameOrDomid);
  const { domid, container } = info;
  if (domid === 0) throw new XenImageError('DOMAIN_PROTECTED', 'domain 0 is the host itself', { domain: { domid } });
  if (container !== 'hvm') throw unsupported('the device model of a PV guest has state in the guest');
  return { ...info, name: (await operation.get(XENSTORE).read(`/local/domain/${domid}/name`)) ?? null };
}

/** The error for a device model whose state cannot be taken from one to the next. */
export function unsupported(why: string): XenImageError {
  return new XenImageError('DEVICE_MODEL_STATE_UNSUPPORTED', `its state cannot be saved and restored: ${why}`, {
    phase: 'device-model',
  });
}

/**
 * Begins an operation on a domain's device model in the journal.
 *
 * @throws XenImageError `DOMAIN_BUSY` where another such operation on the domain is under way, or was cut off
 */
export async function openStateEntry(
  operation: Operation,
  kind: 'save-device-model' | 'restore-device-model',
  { domid, uuid, name }: SavedDomain,
  state: string,
): Promise<OpenJournalEntry | undefined> {
  const journal = operation.find(JOURNAL);
  const entry = await journal?.open({ operation: kind, name: name ?? '', uuid, domid, state });
  // After it was opened: of two at once each sees the other.
  if ((await stateEntries(operation, uuid)) < 2) return entry;
  await closeEntry(entry);
  throw busy({ domid, uuid });
}

/** How many saves and restores of a domain's device model the journal has. */
async function stateEntries(operation: Operation, uuid: string): Promise<number> {
  const entries = (await operation.find(JOURNAL)?.list()) ?? [];
  return entries.filter((entry) => entry.uuid === uuid && entry.state !== undefined).length;
}

function busy({ domid, uuid }: RestingDomain): XenImageError {
  return new XenImageError('DOMAIN_BUSY', `the device model of domain ${domid} is being saved or restored already`, {
    domain: { domid, uuid },
    hint: 'Wait for the other process. xen-image recover finishes what one that is gone left.',
  });
}

/**
 * Brings a domain to rest, stops the emulation of its devices, and writes their state to a file that is not there yet. The domain
 * stays so, its memory in the hypervisor, until its device model is restored, or resumed as it is. A failure lets it go on.
 *
 * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED`, `DOMAIN_SHUT_DOWN`, `DOMAIN_BUSY`, `SUSPEND_TIMEOUT`,
 * `DEVICE_MODEL_STATE_UNSUPPORTED`, what `DeviceModels.save` throws, `ABORTED`; where the domain could not go on, the
 * error's `data.leftBehind` says so and the journal keeps it
 */
export async function saveDeviceModel(
  operation: Operation,
  nameOrDomid: string | number,
  state: string,
  { signal }: SaveDeviceModelOptions = {},
): Promise<SavedDomain> {
  requireAbsolute(state);
  const models = operation.get(DEVICE_MODELS);
  if (models.save === undefined || models.cont === undefined) throw unsupported('no plugin does that here');
  const { domid, uuid, name, shutdownReason } = await emulatedDomain(operation, nameOrDomid);
  const domain = { domid, uuid, name };
  if (shutdownReason !== undefined) throw shutDown(domain, shutdownReason);
  throwIfAborted(signal);
  const entry = await openStateEntry(operation, 'save-device-model', domain, state);
  let saved = false;
  try {
    await suspendDomain(operation, domain, signal);
    await models.save(domid, state);
    saved = true;
    throwIfAborted(signal);
    // A crash from here on leaves a domain that rests, with its state: as it was to be.
    await entry?.update({ finish: 'nothing' });
  } catch (error) {
    const failure = asXenImageError(error).with({ phase: 'device-model', domain: { domid, uuid } });
    // It fits no more once the domain goes on.
    if (saved) await removeState(operation, state).catch(() => undefined);
    throw await undone(operation, domain, entry, failure);
  }
  await closeEntry(entry);
  return domain;
}

/** Lets the domain go on. @returns the failure, with what could not be undone */
async function undone(
  operation: Operation,
  domain: SavedDomain,
  entry: OpenJournalEntry | undefined,
  failure: XenImageError,
): Promise<XenImageError> {
  try {
    // Whoever finds the entry is not to take the domain for one that is to rest.
    await entry?.update({ finish: undefined }).catch(() => undefined);
    await goOn(operation, domain);
    await closeEntry(entry);
    return failure;
  } catch (error) {
    await entry?.update({ pending: [GO_ON] }).catch(() => undefined);
    await leaveEntry(entry);
    return withLeftovers(failure, [{ name: GO_ON, error: asXenImageError(error) }]);
  }
}

/** What becomes of a save that was cut off: the domain goes on, unless its state was whole. */
export async function recoverSave(
  operation: Operation,
  entry: JournalEntry,
  domain: DomainInfo,
): Promise<'finished' | 'undone'> {
  if (entry.finish === 'nothing') return 'finished';
  if (entry.state !== undefined) await removeState(operation, `${entry.state}.partial`);
  await goOn(operation, domain);
  return 'undone';
}

async function removeState(operation: Operation, path: string): Promise<void> {
  const host = operation.find(HOST);
  if ((await host?.pathKind(path)) === 'file') await host?.removeFile(path);
}

/** Lets a domain at rest go on with the device model that it has. */
export async function resumeDomain(operation: Operation, nameOrDomid: string | number): Promise<SavedDomain> {
  const info = await emulatedDomain(operation, nameOrDomid);
  const { domid, uuid, name } = info;
  if (info.shutdownReason !== 'suspend') throw notSuspended({ domid, uuid, name });
  // Its device model may be gone for the next one, and that is no crash.
  if ((await stateEntries(operation, uuid)) > 0) throw busy(info);
  await goOn(operation, info);
  return { domid, uuid, name };
}

/** The error for a domain that runs, whose devices have moved on since any state was saved. */
export function notSuspended({ domid, uuid }: SavedDomain): XenImageError {
  return new XenImageError('DOMAIN_NOT_SUSPENDED', `domain ${domid} is not suspended`, {
    domain: { domid, uuid },
    hint: 'A state fits only as long as the domain rests after it was saved: save it anew.',
  });
}
