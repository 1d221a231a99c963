import createDebug from 'debug';
import { STEPS } from '../contract/actions.js';
import type { JournalEntry, OpenJournalEntry } from '../contract/ports/journal.js';
import { DEVICE_MODELS, DOMAINS, EVENT_CHANNELS, HOST, JOURNAL, MEMORY, POSIX, XENSTORE } from '../contract/tokens.js';
import type { Token } from '../contract/tokens.js';
import { isXenImageError, type Phase } from '../errors.js';
import type { Execution } from '../execute/execution.js';
import { storePath, storeRoot } from '../execute/paths.js';
import { PendingWrites } from '../execute/pending-writes.js';
import { Results } from '../execute/results.js';
import { runActions, throwIfAborted } from '../execute/run.js';
import { asXenImageError, UndoStack, type UndoFailure } from '../execute/undo.js';
import type { ImagePlan } from '../plan/image-plan.js';
import { closeQuietly, Operation } from '../registry/operation.js';
import type { Registry } from '../registry/registry.js';
import { refuseErrors, withLeftovers } from './create-errors.js';
import { heard, type CreatedDomain, type CreateOptions } from './create-options.js';
import { deviceModelStart } from './device-model-start.js';
import { reserveFromDom0 } from './dom0-memory.js';
import { closeEntry, leaveEntry } from './entry.js';
import { takeFreeMemory, waitForFreeMemory } from './free-memory.js';
import { keepConfiguration, settleSupervision } from './keep.js';
import { KnownDomains } from './known-domains.js';
import { claimName, refuseTakenName, releaseIdentity } from './names.js';
import { preflight } from './preflight.js';
import { requireProgram } from './program.js';
import { decideRestriction, wantsRestriction } from './restriction.js';
import { destroyUnbuilt, ifThere } from './unbuilt.js';
import { releaseFromStore } from './release.js';

const debug = createDebug('xen-image:create');

/** How often memory that dom0 gave up may be taken by somebody else. */
const MOST_TAKES = 8;
/** What the hypervisor takes beside a guest's memory at least: its vcpus and tables. */
const LEAST_BESIDES_KIB = 1024;

/** Names of results that a created domain tells of. */
const TOLD = ['storeFrame', 'consoleFrame', 'storePort', 'consolePort', 'notes', 'cpuid', 'cpuidCheck'] as const;

/** One creation under way. */
class Creation {
  readonly undo = new UndoStack();
  #entry: OpenJournalEntry | undefined;
  #execution: Execution | undefined;
  readonly #writes = new PendingWrites();
  #phase: Phase = 'reserve';
  #introduced = false;
  /** Whether the journal was told, or may have been, that only the start is left. */
  #whole = false;

  constructor(
    private readonly registry: Registry,
    private readonly operation: Operation,
    private readonly plan: ImagePlan,
    private readonly options: CreateOptions,
    private readonly known: KnownDomains,
  ) {}

  get phase(): Phase {
    return this.#phase;
  }

  readonly port = <T>(token: Token<T>): T => this.operation.get(token);

  /** The steps in order; each pushes its undo before the next begins. */
  async run(): Promise<CreatedDomain> {
    const { plan } = this;
    const { name, uuid } = plan.config;
    refuseErrors(plan);
    await preflight(plan, this);
    await this.#lookAtDeviceModel();
    this.#entry = await this.operation.find(JOURNAL)?.open({ operation: 'create', name, uuid });
    await this.#reserve();
    const execution = await this.#create();
    await this.#inPhase('configure', () => runActions(plan.actions.configure, 'configure', execution));
    await this.#channels(execution);
    for (const step of STEPS) {
      if (step === 'configure') continue;
      await this.#inPhase('build', () => runActions(plan.actions[step], 'build', execution));
    }
    await this.#introduce(execution);
    const deviceModel = await this.#deviceModel(execution);
    await this.#run(execution, deviceModel !== undefined);
    this.undo.commit();
    await this.#closeEntry();
    await settleSupervision(this.operation, this.plan, this.options);
    const results = Object.fromEntries(
      TOLD.map((key) => [key, execution.results.peek(key)]).filter(([, value]) => value !== undefined),
    ) as Record<string, unknown>;
    return {
      domid: execution.domid,
      name,
      uuid,
      results,
      ...(deviceModel === undefined ? {} : { deviceModelPid: deviceModel.pid }),
      ...(deviceModel?.vncDisplay === undefined ? {} : { vncDisplay: deviceModel.vncDisplay }),
    };
  }

  /** What keeps a device model from starting, or from giving up rights, is found before anything is made for the guest. */
  async #lookAtDeviceModel(): Promise<void> {
    if (this.plan.deviceModel.program === null) return;
    await requireProgram(this.plan, this.registry, this.port(HOST));
    if (!wantsRestriction(this.plan, this.registry)) return;
    const models = this.port(DEVICE_MODELS);
    const { findings } = await decideRestriction(models, this.plan, this.registry, '<domid>');
    for (const { code, message } of findings) this.options.onWarning?.(code, message);
  }

  /** From here on a crash leaves a domain that is whole: the journal says so before the guest can run. */
  async #run(execution: Execution, emulated: boolean): Promise<void> {
    await this.#inPhase('run', async () => {
      const finish = this.options.paused === true ? 'nothing' : emulated ? 'resume' : 'unpause';
      this.#whole = true;
      await this.#journal({ finish });
      if (this.options.paused === true) return;
      if (emulated) await this.port(DEVICE_MODELS).resume?.(execution.domid);
      await this.port(DOMAINS).unpause(execution.domid);
    });
  }

  /** The domain is whole: an entry that stays is told, and the next recovery closes it. */
  async #closeEntry(): Promise<void> {
    const failure = await closeEntry(this.#entry);
    if (failure !== undefined) this.options.onWarning?.('JOURNAL_FAILED', failure.message);
  }

  /** Undoes everything; what could not be undone stays in the journal and is told. */
  async rollBack(): Promise<UndoFailure[]> {
    // Nothing is to be written after it was taken back. What failed first is told, not what failed meanwhile.
    await this.#writes.done().catch(() => undefined);
    // Before anything goes: a crash on the way must not find a domain that is to be finished.
    if (this.#whole) await this.#journal({ finish: undefined }).catch(() => undefined);
    const failures = await this.undo.unwind();
    if (failures.length === 0) await closeEntry(this.#entry);
    else {
      const pending = failures.map((failure) => failure.name);
      // Where this cannot be written, the entry names more than what is left, and recovery looks at all of it.
      await this.#journal({ pending, finish: undefined }).catch(() => undefined);
      await leaveEntry(this.#entry);
    }
    return failures;
  }

  /** Removes the bootloader's files, whatever happened. */
  async cleanUp(): Promise<void> {
    const { name, uuid } = this.plan.config;
    try {
      const execution = this.#execution ?? this.#executionFor(-1, name, uuid);
      await runActions(this.plan.actions.cleanup, 'build', { ...execution, signal: undefined });
    } catch (error) {
      this.options.onWarning?.('FILE_REMOVE_FAILED', asXenImageError(error).message);
    }
  }

  async #inPhase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.#phase = phase;
    throwIfAborted(this.options.signal);
    this.#progress(phase, phase);
    return work();
  }

  #progress(phase: Phase, step: string): void {
    const { name, uuid } = this.plan.config;
    const domid = this.#execution?.domid;
    debug('%s (%s): %s, %s', name, domid ?? 'no domid yet', phase, step);
    this.options.onProgress?.({ phase, step, domain: { name, uuid, ...(domid === undefined ? {} : { domid }) } });
  }

  async #journal(change: Partial<Pick<JournalEntry, 'domid' | 'pending' | 'finish'>>): Promise<void> {
    await this.#entry?.update(change);
  }

  async #reserve(): Promise<void> {
    await this.#inPhase('reserve', async () => {
      const domains = this.port(DOMAINS);
      const store = this.port(XENSTORE);
      const isFree = refuseTakenName({ store, domains }, this.plan.config, this.known);
      // dom0 gives nothing for a guest whose name is taken.
      if (this.options.dom0MinimumMib !== undefined) await isFree;
      await sideBySide([isFree, this.#freeMemory(this.plan.memory.freeNeeded.value)]);
    });
  }

  async #freeMemory(neededKib: number): Promise<void> {
    const { signal, dom0MinimumMib } = this.options;
    const memory = this.port(MEMORY);
    if (dom0MinimumMib === undefined) return waitForFreeMemory(memory, neededKib, signal);
    const ports = { memory, domains: this.port(DOMAINS), store: this.port(XENSTORE), posix: this.port(POSIX) };
    return reserveFromDom0(ports, neededKib, dom0MinimumMib * 1024, signal);
  }

  async #create(): Promise<Execution> {
    const { plan } = this;
    const { name, uuid } = plan.config;
    return this.#inPhase('create', async () => {
      const domains = this.port(DOMAINS);
      const store = this.port(XENSTORE);
      this.undo.push('destroy what creating left', () => destroyUnbuilt(domains, this.operation.find(JOURNAL), uuid));
      const domid = await domains.create(plan.domain);
      this.undo.commit();
      this.undo.push('destroy domain', async () => {
        if (await this.#isAnothers(domid)) return;
        await ifThere(domains, domid, 'destroy');
        if (this.#introduced) await releaseFromStore(store, domid);
      });
      this.undo.push('release name', () => releaseIdentity(store, name, { domid, uuid }));
      const places = plan.records.remove.map(({ root, path }) => storePath(storeRoot(root, domid, uuid), path));
      await this.#journal({ domid, pending: [...this.undo.pending, ...places.map((place) => `remove ${place}`)] });
      const execution = this.#executionFor(domid, name, uuid);
      this.#execution = execution;
      await sideBySide([
        claimName({ store, domains }, name, { domid, uuid }, this.options.signal),
        this.#takeMemory(domid),
      ]);
      // Not before the name is this domain's: another of the same uuid may have it, and the places with it.
      for (const place of places) {
        this.undo.push(`remove ${place}`, async () => {
          if (!(await this.#isAnothers(domid))) await store.remove(place);
        });
      }
      await keepConfiguration(this.operation, plan, this.options, this.undo);
      await runActions(plan.records.created, 'create', execution);
      return execution;
    });
  }

  /** Whether another toolstack has destroyed the domain meanwhile, and Xen given its domid away. */
  async #isAnothers(domid: number): Promise<boolean> {
    const { uuid } = this.plan.config;
    return ((await this.port(DOMAINS).info(domid))?.uuid ?? uuid) !== uuid;
  }

  async #takeMemory(domid: number): Promise<void> {
    const { domain, memory: figures } = this.plan;
    const { available, freeNeeded, maxMemory, pagingPool } = figures;
    const memory = this.port(MEMORY);
    // A claim beyond the maximum, which is nothing at first, is refused.
    await memory.setMaxMemory(domid, maxMemory.value);
    await this.#take(available.value, freeNeeded.value, () => memory.claim(domid, available.value));
    const besidesKib = Math.max(LEAST_BESIDES_KIB, freeNeeded.value - available.value);
    const { maxVcpus } = domain;
    await this.#take(besidesKib, besidesKib, () => this.port(DOMAINS).setMaxVcpus(domid, maxVcpus));
    if (pagingPool.value > 0) {
      await this.#take(pagingPool.value, pagingPool.value, () => memory.setPagingPool(domid, pagingPool.value));
    }
  }

  /**
   * Takes memory that was free when it was looked at. What dom0 gave up for this guest is anybody's until it is taken: where
   * another create was quicker, dom0 is asked for what lacks now.
   *
   * @param freeKib - what must be free again, so that nothing that is taken later lacks it
   */
  async #take(neededKib: number, freeKib: number, take: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await takeFreeMemory(this.port(MEMORY), neededKib, take);
        return;
      } catch (error) {
        const isShort = isXenImageError(error) && error.code === 'MEMORY_SHORT';
        if (!isShort || this.options.dom0MinimumMib === undefined || tries === MOST_TAKES) throw error;
      }
      await this.#freeMemory(freeKib);
    }
  }

  async #channels(execution: Execution): Promise<void> {
    const channels = this.port(EVENT_CHANNELS);
    for (const result of ['storePort', 'consolePort']) {
      throwIfAborted(this.options.signal);
      execution.results.set(result, await channels.allocateUnbound(execution.domid, 0));
    }
  }

  async #introduce(execution: Execution): Promise<void> {
    await this.#inPhase('introduce', async () => {
      // A device model has its guest's video RAM still to take.
      if (this.plan.deviceModel.program === null) await this.#giveUpClaim(execution.domid);
      await runActions(this.plan.records.built, 'introduce', execution);
      await this.#writes.done();
      const store = this.port(XENSTORE);
      const frame = execution.results.peek('storeFrame');
      if (typeof frame !== 'number') return;
      this.#introduced = true;
      await store.introduce(execution.domid, frame, execution.results.number({ ref: 'storePort' }));
      await runActions(this.plan.records.introduced, 'introduce', execution);
      await this.#writes.done();
    });
  }

  async #giveUpClaim(domid: number): Promise<void> {
    await this.port(MEMORY).claim(domid, 0);
  }

  async #deviceModel(execution: Execution) {
    if (this.plan.deviceModel.program === null) return undefined;
    return this.#inPhase('device-model', async () => {
      const models = this.port(DEVICE_MODELS);
      const { domid } = execution;
      const { restriction } = await decideRestriction(models, this.plan, this.registry, domid);
      const start = deviceModelStart(this.plan, this.registry, { domid, restriction, onWarning: execution.warn });
      if (start === null) return undefined;
      this.undo.push('stop device model', async () => {
        if (!(await this.#isAnothers(domid))) await models.stop(domid);
      });
      await this.#journal({ pending: this.undo.pending });
      const started = await models.start(start, this.options.signal);
      await this.#giveUpClaim(domid);
      return started;
    });
  }

  #executionFor(domid: number, name: string, uuid: string): Execution {
    const { deviceModel } = this.plan;
    // A guest without a device model needs no plugin that speaks to one.
    const dialect = this.registry.dialects.get(deviceModel.dialect)?.value;
    const deviceModelOptions = domid < 0 ? [] : (dialect?.options(deviceModel.args, { domid, restore: false }) ?? []);
    return {
      domid,
      uuid,
      name,
      results: new Results({ domid, uuid, deviceModelOptions, startTime: String(Math.floor(Date.now() / 1000)) }),
      undo: this.undo,
      signal: this.options.signal,
      // Those that are made first were all made before anything was taken.
      checks: this.plan.policy.checks === 'first' ? 'made' : this.plan.policy.checks,
      writes: this.#writes,
      port: this.port,
      actionKind: (kind) => this.registry.actionKinds.get(kind)?.value,
      warn: (code, message) => this.options.onWarning?.(code, message),
      onAction: (phase, kind) => {
        this.#progress(phase, kind);
      },
    };
  }
}

/**
 * Creates a domain from a plan: reserve, create, configure, build, introduce, device model, run. A failure or an abort
 * undoes everything that was taken, in reverse order.
 *
 * @param known - what a long-running toolstack remembers of all guests
 * @throws XenImageError of the failing step, with its phase and the domain; `ABORTED`; where something could not be
 * undone, the error's `data.leftBehind` names it and the journal keeps it
 */
export async function createDomain(
  registry: Registry,
  plan: ImagePlan,
  options: CreateOptions = {},
  known = new KnownDomains(),
): Promise<CreatedDomain> {
  const operation = new Operation(registry);
  const creation = new Creation(registry, operation, plan, heard(options), known);
  const { name, uuid } = plan.config;
  try {
    return await creation.run();
  } catch (error) {
    const failure = asXenImageError(error).with({ phase: creation.phase, domain: { name, uuid } });
    const left = await creation.rollBack();
    throw left.length === 0 ? failure : withLeftovers(failure, left);
  } finally {
    await creation.cleanUp();
    await closeQuietly(operation);
  }
}

/** Waits for all, so that none is under way when what they took is given back; then throws the first failure. */
async function sideBySide(works: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(works)) if (settled.status === 'rejected') throw settled.reason;
}
