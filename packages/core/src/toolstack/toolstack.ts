import type { HostFacts } from '../contract/host-facts.js';
import type { Plugin } from '../contract/plugin.js';
import type { ShutdownReason } from '../contract/ports/domains.js';
import type { Finding, Reading, TextReaderInput } from '../contract/profile.js';
import type { PossibleRestriction } from '../contract/ports/device-models.js';
import type { PhysicalMemory } from '../contract/ports/memory.js';
import { DEVICE_MODELS, DOMAINS, HOST, JOURNAL, KEPT_DOMAINS, MEMORY } from '../contract/tokens.js';
import type { JournalEntry } from '../contract/ports/journal.js';
import { createDomain } from '../lifecycle/create.js';
import type { CreatedDomain, CreateOptions } from '../lifecycle/create-options.js';
import { destroyDomain, type DestroyedDomain, type DestroyOptions } from '../lifecycle/destroy.js';
import { KnownDomains } from '../lifecycle/known-domains.js';
import { findConsole, type ConsoleOptions, type DomainConsole } from '../lifecycle/console.js';
import { findDomain } from '../lifecycle/find.js';
import { listDomains, type ListedDomain } from '../lifecycle/list.js';
import { findRestriction } from '../lifecycle/restriction.js';
import { recoverDomains, type Recovered } from '../lifecycle/recover.js';
import {
  restoreDeviceModel,
  type RestoreContext,
  type RestoreDeviceModelOptions,
  type RestoredDomain,
} from '../lifecycle/restore-device-model.js';
import {
  resumeDomain,
  saveDeviceModel,
  type SavedDomain,
  type SaveDeviceModelOptions,
} from '../lifecycle/save-device-model.js';
import { askShutdown, type AskedDomain, type AskShutdownOptions } from '../lifecycle/shutdown.js';
import { findProblems } from '../lifecycle/preflight.js';
import { asXenImageError } from '../execute/undo.js';
import { isSupervised } from '../supervise/rights.js';
import type { SuperviseOptions } from '../supervise/options.js';
import type { Supervision } from '../supervise/supervision.js';
import { superviseDomains } from '../supervise/supervisor.js';
import type { ImagePlan } from '../plan/image-plan.js';
import { planImage } from '../plan/plan-image.js';
import { renderDeviceModel, type RenderedDeviceModel } from '../plan/render-device-model.js';
import { modernProfilePlugin } from '../profile/modern.js';
import { closeQuietly, Operation } from '../registry/operation.js';
import { Registry } from '../registry/registry.js';
import { CreateQueue, type CreateLimits } from './create-queue.js';

/** What a toolstack is made of. */
export interface ToolstackOptions {
  /** Handlers, dialects, profiles and drivers, in the order in which they may replace each other. */
  readonly plugins: readonly Plugin[];
  /** The profile where a call names none; `modern` where not given. */
  readonly profile?: string;
  /** How many creations are under way at once, and how many may wait. */
  readonly creates?: CreateLimits;
  /**
   * The least that dom0 keeps, in MiB and at least 128, where it is to give memory that lacks for a guest; where not given,
   * it gives none.
   */
  readonly dom0MinimumMib?: number;
}

/** What is planned: a text, or what a reader made of one. */
export type PlanSource = Omit<TextReaderInput, 'host'> | Reading;

/** How to plan. */
export interface PlanOptions {
  readonly profile?: string;
  /** Facts of the host the guest is for; this host's where not given. */
  readonly host?: HostFacts;
}

/** What xl leaves dom0 at least: LIBXL_MIN_DOM0_MEM of libxl. */
const LEAST_DOM0_MIB = 128;

function dom0Minimum(mib: number | undefined): number | undefined {
  if (mib === undefined || (Number.isInteger(mib) && mib >= LEAST_DOM0_MIB)) return mib;
  throw new TypeError(`dom0MinimumMib is a whole number of at least ${LEAST_DOM0_MIB}, not ${String(mib)}`);
}

/** A device model as it would be started. */
export interface DeviceModelCommandLine {
  /** With `<domid>` where the domid is not known; `null` where the guest has no device model. */
  readonly command: RenderedDeviceModel | null;
  /** What keeps it from giving up rights. */
  readonly findings: readonly Finding[];
}

/**
 * A toolstack: plugins, and the operations on domains that they make possible.
 *
 * It owns everything it uses; two toolstacks in one process do not see each other.
 */
export class Toolstack {
  readonly registry = new Registry();
  readonly #profile: string;
  readonly #known = new KnownDomains();
  readonly #creates: CreateQueue;
  readonly #dom0MinimumMib: number | undefined;

  /** Takes the plugins in; throws their registration's errors. */
  constructor(options: ToolstackOptions) {
    this.registry.use(modernProfilePlugin);
    for (const plugin of options.plugins) this.registry.use(plugin);
    this.#profile = options.profile ?? 'modern';
    this.#creates = new CreateQueue(options.creates);
    this.#dom0MinimumMib = dom0Minimum(options.dom0MinimumMib);
  }

  /** Facts of the host this toolstack drives. */
  hostFacts(): Promise<HostFacts> {
    return this.#operate((operation) => operation.get(HOST).facts());
  }

  /** Decides everything about a domain and does nothing. Throws coded errors. */
  async plan(source: PlanSource, options: PlanOptions = {}): Promise<ImagePlan> {
    try {
      return await this.#plan(source, options);
    } catch (error) {
      // A profile, a handler or a dialect may throw anything.
      throw asXenImageError(error).with({ phase: 'plan' });
    }
  }

  async #plan(source: PlanSource, options: PlanOptions): Promise<ImagePlan> {
    const profile = this.registry.profile(options.profile ?? this.#profile);
    const host = options.host ?? (await this.hostFacts());
    const reading = 'text' in source ? profile.readText({ ...source, host }) : source;
    const plan = planImage({ registry: this.registry, profile, reading, host });
    // What the dialect refuses is found here, before anything is made for the guest.
    if (plan.deviceModel.program !== null) {
      const dialect = this.registry.dialect(plan.deviceModel.dialect);
      renderDeviceModel(plan.deviceModel, dialect, { domid: '<domid>', restore: false });
    }
    return plan;
  }

  /** The command line of a plan's device model, with what it gives up on this host. Nothing is thrown that a finding can say. */
  async deviceModelCommand(plan: ImagePlan): Promise<DeviceModelCommandLine> {
    if (plan.deviceModel.program === null) return { command: null, findings: [] };
    const dialect = this.registry.dialect(plan.deviceModel.dialect);
    // As `findProblems` does: what would end the create is told beside the plan.
    const { restriction, findings } = await this.#operate((operation) =>
      findRestriction(operation, plan, this.registry),
    );
    const restricted = restriction === undefined ? {} : { restriction };
    const command = renderDeviceModel(plan.deviceModel, dialect, { domid: '<domid>', restore: false, ...restricted });
    return { command, findings };
  }

  /**
   * What a device model of this program can give up on this host.
   *
   * @throws XenImageError `DEVICE_MODEL_USER`; `PORT_MISSING` where no plugin starts device models
   */
  possibleRestriction(program: string): Promise<PossibleRestriction> {
    return this.#operate(async (operation) => {
      const possible = await operation.get(DEVICE_MODELS).restriction?.({ program, domid: '<domid>' });
      return possible ?? { lacking: 'what starts device models here restricts none' };
    });
  }

  /** What the checks of a plan find on this host. */
  findProblems(plan: ImagePlan): Promise<Finding[]> {
    return this.#operate((operation) => findProblems(plan, { port: (token) => operation.get(token) }));
  }

  /**
   * Creates a domain; see {@link createDomain} for what it undoes and throws. Where as many are under way as the
   * toolstack takes on at once, it waits for its turn: `TOOLSTACK_BUSY` where too many wait already.
   */
  async create(plan: ImagePlan, options: CreateOptions = {}): Promise<CreatedDomain> {
    const { name, uuid } = plan.config;
    const { signal, onProgress, restarts } = options;
    const dom0MinimumMib = dom0Minimum(options.dom0MinimumMib) ?? this.#dom0MinimumMib;
    const least = dom0MinimumMib === undefined ? {} : { dom0MinimumMib };
    return this.#creates.run({ domain: { name, uuid }, restart: restarts !== undefined, signal, onProgress }, () =>
      createDomain(this.registry, plan, { ...options, ...least }, this.#known),
    );
  }

  /** Ends a domain and removes what stands for it. */
  destroy(nameOrDomid: string | number, options: DestroyOptions = {}): Promise<DestroyedDomain> {
    return this.#operate((operation) => destroyDomain(operation, nameOrDomid, options, this.#known));
  }

  /** Finishes or undoes what processes that are gone left unfinished; see {@link Recovered}. */
  recover(): Promise<Recovered[]> {
    return this.#operate((operation) => recoverDomains(operation, this.#restoring));
  }

  readonly #restoring: RestoreContext = {
    registry: this.registry,
    plan: ({ config, profile }) => this.plan({ config, findings: [] }, { profile }),
  };

  /**
   * Brings an HVM domain to rest and writes the state of its emulated devices to a file that is not there yet.
   * {@link Toolstack.restoreDeviceModel} lets it go on with a new device model, {@link Toolstack.resume} with the one that it has.
   * A failure, or an abort, lets it go on at once.
   *
   * @param path - absolute
   * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED`, `DOMAIN_SHUT_DOWN`, `DOMAIN_BUSY`, `SUSPEND_TIMEOUT`,
   * `DEVICE_MODEL_STATE_UNSUPPORTED`, `QMP_FAILED`, `SYSTEM_CALL_FAILED` where the file cannot be made, `ABORTED`
   */
  saveDeviceModel(
    nameOrDomid: string | number,
    path: string,
    options: SaveDeviceModelOptions = {},
  ): Promise<SavedDomain> {
    return this.#operate((operation) => saveDeviceModel(operation, nameOrDomid, path, options));
  }

  /**
   * Starts a new device model for a domain at rest, from the state that was saved, in place of the one that it has, and lets the
   * domain go on. Where the new one does not come to run, the domain rests on, with its memory, and {@link Toolstack.recover} tries again.
   *
   * @param path - absolute
   * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED`, `DOMAIN_NOT_SUSPENDED`, `DOMAIN_NOT_KEPT`, `DOMAIN_BUSY`,
   * `DEVICE_MODEL_STATE`, `DEVICE_MODEL_STATE_UNSUPPORTED`, what planning throws, `DEVICE_MODEL_DIED`, `DEVICE_MODEL_TIMEOUT`,
   * `FILE_UNSAFE` where others could have written the file, `ABORTED`
   */
  restoreDeviceModel(
    nameOrDomid: string | number,
    path: string,
    options: RestoreDeviceModelOptions = {},
  ): Promise<RestoredDomain> {
    return this.#operate((operation) => restoreDeviceModel(this.#restoring, operation, nameOrDomid, path, options));
  }

  /**
   * Lets a domain at rest, whose device model was saved, go on with that device model.
   *
   * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_NOT_SUSPENDED`, `DOMAIN_BUSY`; `DEVICE_MODEL_DIED` where it died, and the domain is marked crashed
   */
  resume(nameOrDomid: string | number): Promise<SavedDomain> {
    return this.#operate((operation) => resumeDomain(operation, nameOrDomid));
  }

  /** Operations in the journal, under way or left unfinished. Touches nothing. */
  journal(): Promise<readonly JournalEntry[]> {
    return this.#operate(async (operation) => (await operation.find(JOURNAL)?.list()) ?? []);
  }

  /**
   * Marks domains crashed whose device model dies, and does what `on_poweroff`, `on_reboot`, `on_crash` and `on_watchdog`
   * want done when a domain shuts down. Begins with what earlier processes left.
   *
   * @returns its events, which must be read; `SUPERVISOR_RUNS` where another process does this, and what ends it, are
   * thrown to their reader
   * @throws XenImageError `PORT_MISSING` where no plugin keeps domains
   */
  supervise(options: SuperviseOptions = {}): Supervision {
    const restart = {
      plan: (config: ImagePlan['config'], profile: string) => this.plan({ config, findings: [] }, { profile }),
      create: (plan: ImagePlan, how: CreateOptions) => this.create(plan, how),
    };
    return superviseDomains(new Operation(this.registry), { ...restart, restoring: this.#restoring }, options);
  }

  /** Whether a process supervises all domains of this host. */
  isSupervised(): Promise<boolean> {
    return this.#operate(async (operation) => {
      const kept = operation.find(KEPT_DOMAINS);
      return kept !== undefined && (await isSupervised(kept));
    });
  }

  /** All domains, with their names. */
  list(): Promise<ListedDomain[]> {
    return this.#operate((operation) => listDomains(operation));
  }

  async pause(nameOrDomid: string | number): Promise<void> {
    await this.#onDomain(nameOrDomid, (operation, domid) => operation.get(DOMAINS).pause(domid));
  }

  async unpause(nameOrDomid: string | number): Promise<void> {
    await this.#onDomain(nameOrDomid, (operation, domid) => operation.get(DOMAINS).unpause(domid));
  }

  /** Tells the hypervisor that a domain has shut down; a guest is asked through xenstore instead. */
  async shutdown(nameOrDomid: string | number, reason: ShutdownReason): Promise<void> {
    await this.#onDomain(nameOrDomid, (operation, domid) => operation.get(DOMAINS).shutdown(domid, reason));
  }

  /** Asks a guest to end, and waits for it; see {@link AskShutdownOptions}. Throws what `askShutdown` does. */
  askShutdown(nameOrDomid: string | number, options: AskShutdownOptions = {}): Promise<AskedDomain> {
    return this.#operate((operation) => askShutdown(operation, nameOrDomid, options));
  }

  /** Where a guest's console is. Throws `CONSOLE_MISSING`, `DOMAIN_UNKNOWN`, `ABORTED`. */
  console(nameOrDomid: string | number, options: ConsoleOptions = {}): Promise<DomainConsole> {
    return this.#operate((operation) => findConsole(operation, nameOrDomid, options));
  }

  /** The host's memory as it is now. */
  physicalMemory(): Promise<PhysicalMemory> {
    return this.#operate((operation) => operation.get(MEMORY).physical());
  }

  async #onDomain(
    nameOrDomid: string | number,
    work: (operation: Operation, domid: number) => Promise<void>,
  ): Promise<void> {
    await this.#operate(async (operation) => work(operation, (await findDomain(operation, nameOrDomid)).domid));
  }

  async #operate<T>(work: (operation: Operation) => Promise<T>): Promise<T> {
    const operation = new Operation(this.registry);
    try {
      return await work(operation);
    } catch (error) {
      // A driver may throw anything.
      throw asXenImageError(error);
    } finally {
      await closeQuietly(operation);
    }
  }
}
