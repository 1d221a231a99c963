import type { DomainInfo } from '../contract/ports/domains.js';
import type { JournalEntry } from '../contract/ports/journal.js';
import type { KeptDomain } from '../contract/ports/kept-domains.js';
import { DEVICE_MODELS, DOMAINS, HOST, KEPT_DOMAINS } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';
import { asXenImageError } from '../execute/undo.js';
import type { ImagePlan } from '../plan/image-plan.js';
import type { Operation } from '../registry/operation.js';
import type { Registry } from '../registry/registry.js';
import { refuseErrors, retold } from './create-errors.js';
import { deviceModelStart } from './device-model-start.js';
import { closeEntry, leaveEntry } from './entry.js';
import { requireProgram } from './program.js';
import { decideRestriction } from './restriction.js';
import {
  emulatedDomain,
  notSuspended,
  openStateEntry,
  requireAbsolute,
  unsupported,
  type SavedDomain,
} from './save-device-model.js';
import { wakeDomain } from './suspend.js';

/** What a restore that failed leaves to be done. */
const RESTORE = 'restore the device model';

/** How a device model is restored. */
export interface RestoreDeviceModelOptions {
  /** The domain's plan; made anew from what is kept of the domain where not given. */
  readonly plan?: ImagePlan;
  /** Asks the operation to end; the domain then rests on. */
  readonly signal?: AbortSignal;
  readonly onWarning?: (code: string, message: string) => void;
}

/** A domain whose device model was restored. */
export interface RestoredDomain extends SavedDomain {
  readonly deviceModelPid: number;
  readonly vncDisplay?: number;
}

/** What restoring needs of the toolstack. */
export interface RestoreContext {
  readonly registry: Registry;
  /** Plans a domain from what is kept of it. */
  readonly plan: (kept: Pick<KeptDomain, 'config' | 'profile'>) => Promise<ImagePlan>;
}

async function planOf(
  { plan }: RestoreContext,
  operation: Operation,
  { domid, uuid }: SavedDomain,
): Promise<ImagePlan> {
  const kept = await operation.find(KEPT_DOMAINS)?.read(uuid);
  if (kept !== undefined) return plan(kept);
  throw new XenImageError(
    'DOMAIN_NOT_KEPT',
    `nothing is kept of domain ${domid} that tells what its device model is to be`,
    {
      domain: { domid, uuid },
      hint: 'Another toolstack made it; or give its plan.',
    },
  );
}

/** A restore of which all is decided that can fail beforehand. */
interface Prepared {
  readonly domain: SavedDomain;
  readonly begin: (signal?: AbortSignal) => Promise<RestoredDomain>;
}

async function prepare(
  context: RestoreContext,
  operation: Operation,
  { domid, uuid, name }: SavedDomain,
  { state, plan: given, onWarning }: RestoreDeviceModelOptions & { readonly state: string },
): Promise<Prepared> {
  const { registry } = context;
  const domain = { domid, uuid, name };
  const models = operation.get(DEVICE_MODELS);
  const host = operation.get(HOST);
  const plan = given ?? (await planOf(context, operation, domain));
  if (plan.config.uuid !== uuid) throw new TypeError(`the plan is of ${plan.config.uuid}, and the domain is ${uuid}`);
  refuseErrors(plan);
  await requireProgram(plan, registry, host);
  const { restriction } = await decideRestriction(models, plan, registry, domid);
  const start = deviceModelStart(plan, registry, { domid, restriction, restoreFrom: state, onWarning });
  if (start === null) throw unsupported('the guest has no device model');
  if (start.readiness !== 'xenstore' || plan.deviceModel.args.restore.length === 0) {
    throw unsupported(`${plan.deviceModel.dialect} begins from no file of its own`);
  }
  if ((await host.pathKind(state)) !== 'file') {
    throw new XenImageError('DEVICE_MODEL_STATE', `there is no saved state ${state}`, { phase: 'device-model' });
  }
  return {
    domain,
    async begin(signal) {
      await models.stop(domid);
      const { pid, vncDisplay } = await models.start(start, signal);
      await requireDomain(operation, domain);
      await wakeDomain(operation, domain);
      return { ...domain, deviceModelPid: pid, ...(vncDisplay === undefined ? {} : { vncDisplay }) };
    },
  };
}

/** A domain that was destroyed meanwhile takes its new device model with it, unless another has its domid already. */
async function requireDomain(operation: Operation, { domid, uuid }: SavedDomain): Promise<void> {
  const info = await operation.get(DOMAINS).info(domid);
  if (info?.uuid === uuid && !info.dying) return;
  if (info === undefined || info.uuid === uuid) await operation.get(DEVICE_MODELS).stop(domid);
  throw new XenImageError('DOMAIN_UNKNOWN', `domain ${domid} was destroyed while its device model was restored`, {
    domain: { domid, uuid },
  });
}

/**
 * Ends the device model of a domain at rest, starts a new one from the state that was saved, and lets the domain go on. Plan,
 * program and file are looked for while the old one is there. Where the new one does not come to run, the domain rests on, with its memory, and the
 * journal keeps that it is to be restored: the next recovery tries again.
 *
 * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED`, `DOMAIN_NOT_SUSPENDED`, `DOMAIN_NOT_KEPT`, `DOMAIN_BUSY`,
 * `DEVICE_MODEL_STATE`, `DEVICE_MODEL_STATE_UNSUPPORTED`, what planning and `DeviceModels.start` throw, `ABORTED`
 */
export async function restoreDeviceModel(
  context: RestoreContext,
  operation: Operation,
  nameOrDomid: string | number,
  state: string,
  options: RestoreDeviceModelOptions = {},
): Promise<RestoredDomain> {
  requireAbsolute(state);
  const { signal } = options;
  const info = await emulatedDomain(operation, nameOrDomid);
  if (info.shutdownReason !== 'suspend') throw notSuspended(info);
  const { domain, begin } = await prepare(context, operation, info, { ...options, state });
  throwIfAborted(signal);
  const entry = await openStateEntry(operation, 'restore-device-model', domain, state);
  try {
    const restored = await begin(signal);
    const failure = await closeEntry(entry);
    if (failure !== undefined) options.onWarning?.('JOURNAL_FAILED', failure.message);
    return restored;
  } catch (error) {
    const { domid, uuid } = domain;
    const failure = asXenImageError(error).with({ phase: 'device-model', domain: { domid, uuid } });
    if (failure.code === 'DOMAIN_UNKNOWN') {
      await closeEntry(entry);
      throw failure;
    }
    await entry?.update({ pending: [RESTORE] }).catch(() => undefined);
    await leaveEntry(entry);
    throw stillRests(failure, state);
  }
}

function stillRests(failure: XenImageError, state: string): XenImageError {
  const hint = failure.hint === undefined ? '' : `${failure.hint} `;
  return retold(failure, `${failure.message}; the domain rests on, and ${state} is to be kept`, {
    data: { ...failure.data, state, leftBehind: [{ name: RESTORE, error: failure.toJSON() }] },
    hint: `${hint}xen-image recover tries again; xen-image destroy gives the guest up.`,
  });
}

/** A restore that was cut off, or failed, is made again. */
export async function recoverRestore(
  context: RestoreContext,
  operation: Operation,
  { state = '', name }: JournalEntry,
  info: DomainInfo,
): Promise<'finished'> {
  if (info.shutdownReason === 'suspend') {
    const { begin } = await prepare(context, operation, { domid: info.domid, uuid: info.uuid, name }, { state });
    await begin();
  }
  return 'finished';
}
