import type { StoreRoot } from '../contract/actions.js';
import type { OpenJournalEntry } from '../contract/ports/journal.js';
import { DEVICE_MODELS, DOMAINS, JOURNAL, KEPT_DOMAINS, XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { storeRoot } from '../execute/paths.js';
import { asXenImageError, type UndoFailure, type UndoStep } from '../execute/undo.js';
import type { Operation } from '../registry/operation.js';
import { closeEntry, leaveEntry } from './entry.js';
import { findDomain } from './find.js';
import { KnownDomains } from './known-domains.js';
import { releaseIdentity } from './names.js';
import { releaseFromStore } from './release.js';
import { ifThere } from './unbuilt.js';

/** Options of {@link destroyDomain}. */
export interface DestroyOptions {
  /** Destroys only if the domain has this uuid still: a domid may have been used again. */
  readonly uuid?: string;
  /** Whether what is kept of the domain stays, since it is about to be started again. */
  readonly keepConfiguration?: boolean;
}

/** A domain that was destroyed. */
export interface DestroyedDomain {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string | null;
}

/**
 * Ends a domain: its device model, the domain itself, its record in xenstore, its name. Every step runs though an
 * earlier one failed. What could not be done stays in the journal, and the next recovery does it.
 *
 * @param known - what a long-running toolstack remembers of all guests
 * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED` for domain 0, `DOMAIN_CHANGED` where the uuid is another's,
 * or the first failure of a step; its `data.leftBehind` names all that failed
 */
export async function destroyDomain(
  operation: Operation,
  nameOrDomid: string | number,
  options: DestroyOptions = {},
  known = new KnownDomains(),
): Promise<DestroyedDomain> {
  const info = await findDomain(operation, nameOrDomid);
  const { domid, uuid } = info;
  if (domid === 0) {
    throw new XenImageError('DOMAIN_PROTECTED', 'domain 0 is the host itself and is not destroyed', {
      phase: 'destroy',
      domain: { domid },
    });
  }
  if (options.uuid !== undefined && options.uuid !== uuid) {
    throw new XenImageError('DOMAIN_CHANGED', `domid ${domid} belongs to another domain by now (${uuid})`, {
      phase: 'destroy',
      domain: { domid, uuid },
    });
  }
  const name = (await operation.get(XENSTORE).read(`/local/domain/${domid}/name`)) ?? null;
  const target = { domid, uuid, name };
  const steps = stepsOf(operation, target, options, known);
  const names = (all: readonly { readonly name: string }[]): string[] => all.map((one) => one.name);
  const begun = await openEntry(operation, target, names(steps));
  const failures = await runSteps(steps);
  const [first] = failures;
  if (first === undefined) {
    await closeEntry(begun);
    return target;
  }
  // Where the journal could not be written before, it may be now.
  const entry = begun ?? (await openEntry(operation, target, names(failures)));
  await begun?.update({ pending: names(failures) }).catch(() => undefined);
  await leaveEntry(entry);
  throw notDestroyed(target, failures, first.error, entry !== undefined);
}

/** The domain that is to go. */
interface Target {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string | null;
}

/** All that ends a domain and removes what stands for it, each step whether or not the ones before could be made. */
function stepsOf(
  operation: Operation,
  { domid, uuid, name }: Target,
  options: Pick<DestroyOptions, 'keepConfiguration'>,
  known: KnownDomains,
): readonly UndoStep[] {
  const store = operation.get(XENSTORE);
  const remove = (root: StoreRoot): UndoStep => {
    const place = storeRoot(root, domid, uuid);
    return { name: `remove ${place}`, run: () => store.remove(place) };
  };
  const unlessAnothers = (step: UndoStep): UndoStep => ({
    name: step.name,
    run: async () => {
      if (!(await hasAnother(operation, uuid, domid, known))) await step.run();
    },
  });
  // The step before may have waited for a device model, or for pages that others map: the domain can be gone by now, and its
  // domid another's.
  const whileIts = (step: UndoStep): UndoStep => ({
    name: step.name,
    run: async () => {
      const info = await operation.get(DOMAINS).info(domid);
      if (info === undefined || info.uuid === uuid) await step.run();
    },
  });
  const steps: UndoStep[] = [
    // A guest that went on without its device model would read from its devices what nobody answered, and act on it.
    whileIts({ name: 'pause domain', run: () => ifThere(operation.get(DOMAINS), domid, 'pause') }),
    {
      name: 'stop device model',
      run: () => operation.find(DEVICE_MODELS)?.stop(domid) ?? Promise.resolve(),
    },
    ...[
      { name: 'destroy domain', run: () => ifThere(operation.get(DOMAINS), domid, 'destroy') },
      { name: 'release domain', run: () => releaseFromStore(store, domid) },
      ...(['domain', 'device-model'] as const).map(remove),
    ].map(whileIts),
    unlessAnothers(remove('vm')),
  ];
  steps.push({ name: 'release name', run: () => releaseIdentity(store, name, { domid, uuid }) });
  if (options.keepConfiguration !== true) {
    const forget = (): Promise<void> => operation.find(KEPT_DOMAINS)?.forget(uuid) ?? Promise.resolve();
    steps.push(unlessAnothers({ name: 'forget configuration', run: forget }));
  }
  return steps;
}

/** Whether another domain has this uuid by now: one that does not end, for its pages are still mapped, may have a successor. */
export async function hasAnother(
  operation: Operation,
  uuid: string,
  domid: number | undefined,
  known = new KnownDomains(),
): Promise<boolean> {
  await known.look(operation.get(DOMAINS));
  return known.withUuid(uuid).some((other) => other.domid !== domid);
}

async function runSteps(steps: readonly UndoStep[]): Promise<UndoFailure[]> {
  const failures: UndoFailure[] = [];
  for (const step of steps) {
    try {
      await step.run();
    } catch (error) {
      failures.push({ name: step.name, error: asXenImageError(error) });
    }
  }
  return failures;
}

/** Does all that {@link destroyDomain} does once it has found the domain, for whoever has a journal entry already. */
export async function endDomain(operation: Operation, target: Target, options: DestroyOptions = {}): Promise<void> {
  const failures = await runSteps(stepsOf(operation, target, options, new KnownDomains()));
  const [first] = failures;
  if (first !== undefined) throw notDestroyed(target, failures, first.error, true);
}

/** A journal that cannot be written keeps no memory from being given back: that the steps run matters more. */
async function openEntry(
  operation: Operation,
  { domid, uuid, name }: Target,
  pending: readonly string[],
): Promise<OpenJournalEntry | undefined> {
  try {
    const entry = await operation.find(JOURNAL)?.open({ operation: 'destroy', name: name ?? '', uuid, domid });
    await entry?.update({ pending }).catch(() => undefined);
    return entry;
  } catch {
    return undefined;
  }
}

function notDestroyed(
  { domid, uuid, name }: Target,
  failures: readonly UndoFailure[],
  first: XenImageError,
  kept: boolean,
): XenImageError {
  const { code, message, call, errno, position, said, data } = first;
  const names = failures.map((failure) => failure.name).join(', ');
  return new XenImageError(code, `${message}; and not done: ${names}`, {
    phase: 'destroy',
    domain: { domid, uuid, ...(name === null ? {} : { name }) },
    call,
    errno,
    position,
    said,
    data: { ...data, leftBehind: failures.map((failure) => ({ name: failure.name, error: failure.error.toJSON() })) },
    hint: kept
      ? 'xen-image recover shows and finishes what is left.'
      : (first.hint ?? 'Destroy it by its domid again.'),
    cause: first.cause ?? first,
  });
}
