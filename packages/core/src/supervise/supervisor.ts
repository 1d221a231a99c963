import type { DeviceModelEvent } from '../contract/ports/device-models.js';
import type { DomainInfo } from '../contract/ports/domains.js';
import type { FileLock } from '../contract/ports/posix.js';
import { DEVICE_MODELS, DOMAINS, KEPT_DOMAINS, XENSTORE } from '../contract/tokens.js';
import { asXenImageError } from '../execute/undo.js';
import { recoverDomains } from '../lifecycle/recover.js';
import type { RestoreContext } from '../lifecycle/restore-device-model.js';
import { closeQuietly, type Operation } from '../registry/operation.js';
import { EventQueue } from './event-queue.js';
import type { SupervisionEvent } from './events.js';
import { RESTART_LIMIT, type SuperviseOptions } from './options.js';
import type { RestartContext } from './restart.js';
import { claimSupervision } from './rights.js';
import { actOnShutdown, finishRestarts, isShutDown, type ShutdownContext } from './shutdown.js';
import type { Supervision } from './supervision.js';

/** How many domains are acted on at once. */
const MOST_AT_ONCE = 4;

/** How soon a domain is looked at again that another process ends. */
const LOOK_AGAIN_MS = 100;

/** What xenstored tells when a domain shuts down or is gone. */
const SHUTDOWN_EVENT = '@releaseDomain';

/** What the toolstack does for a supervision. */
export interface SupervisedBy extends Omit<RestartContext, 'operation' | 'kept'> {
  /** Restores device models whose restore was cut off. */
  readonly restoring?: RestoreContext;
}

/** One supervision under way. */
class Supervisor {
  readonly events = new EventQueue<SupervisionEvent>();
  readonly #stop = new AbortController();
  readonly #context: ShutdownContext;
  readonly #restoring: RestoreContext | undefined;
  /** Domains that are being acted on, or need nothing more: by domid, with what they were when that was decided. */
  readonly #settled = new Map<number, string>();
  readonly #acting = new Set<Promise<void>>();
  readonly #waiting: DomainInfo[] = [];
  #sweeping: Promise<void> | undefined;
  #again = false;
  #deviceModels = 0;
  #later: NodeJS.Timeout | undefined;
  /** The domains that were asked for and are not gone. */
  readonly #uuids: Set<string> | undefined;

  constructor(
    private readonly operation: Operation,
    { restoring, ...restart }: SupervisedBy,
    private readonly options: SuperviseOptions,
  ) {
    this.#restoring = restoring;
    this.#uuids = options.uuids === undefined ? undefined : new Set(options.uuids);
    this.#context = {
      ...restart,
      operation,
      kept: operation.get(KEPT_DOMAINS),
      restartLimit: options.restartLimit ?? RESTART_LIMIT,
      tell: (event) => {
        if (event.event === 'domain-restarted' && this.#wanted(event.before.uuid)) this.#uuids?.add(event.domain.uuid);
        this.events.push(event);
      },
    };
  }

  readonly #wanted = (uuid: string): boolean => this.#uuids?.has(uuid) ?? true;

  async run(): Promise<void> {
    let lock: FileLock | undefined;
    try {
      if (this.options.uuids === undefined) lock = await claimSupervision(this.#context.kept);
      if (!this.#stop.signal.aborted) await this.#supervise();
      await this.#finish();
      this.events.end();
    } catch (error) {
      this.#stop.abort();
      await this.#finish();
      this.events.fail(asXenImageError(error));
    } finally {
      // Its end is told already; a right that cannot be given back ends with the process.
      await lock?.release().catch(() => undefined);
      await closeQuietly(this.operation);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #supervise(): Promise<void> {
    if (this.options.uuids === undefined) await recoverDomains(this.operation, this.#restoring);
    await finishRestarts(this.#context, this.#wanted);
    const { signal } = this.#stop;
    let begun: () => void = () => undefined;
    const adopted = new Promise<void>((resolve) => (begun = resolve));
    const watching = this.#watchDeviceModels(signal, begun);
    const sweeping = this.#watchDomains(signal, adopted);
    try {
      await Promise.all([watching, sweeping]);
    } finally {
      this.#stop.abort();
      await Promise.allSettled([watching, sweeping]);
    }
  }

  /** Waits for what is under way: a domain that is being made again is not left half made. */
  async #finish(): Promise<void> {
    this.#waiting.length = 0;
    clearTimeout(this.#later);
    await this.#sweeping?.catch(() => undefined);
    while (this.#acting.size > 0) await Promise.allSettled(this.#acting);
  }

  async #watchDeviceModels(signal: AbortSignal, begun: () => void): Promise<void> {
    const models = this.operation.find(DEVICE_MODELS);
    if (models?.watch === undefined) {
      begun();
      return;
    }
    for await (const event of models.watch(signal)) {
      if (event.event === 'watching') {
        this.#deviceModels = event.count;
        begun();
      } else if (this.#wanted(event.model.uuid)) this.#track(this.#deviceModelEvent(event));
    }
  }

  async #deviceModelEvent(event: Exclude<DeviceModelEvent, { event: 'watching' }>): Promise<void> {
    const { tell } = this.#context;
    const { model } = event;
    switch (event.event) {
      case 'watched':
        tell({ event: 'device-model-watched', model, adopted: event.adopted });
        return;
      case 'stopped':
        tell({ event: 'device-model-stopped', model });
        return;
      case 'unwatchable':
        tell({ event: 'device-model-unwatchable', model, why: event.why });
        return;
      case 'died':
        await this.#deviceModelDied(event);
    }
  }

  /** A guest without its device model cannot go on: its domain is marked crashed, and what follows a crash follows. */
  async #deviceModelDied({ model, adopted, end, message, said }: Extract<DeviceModelEvent, { event: 'died' }>) {
    const domains = this.operation.get(DOMAINS);
    const { domid, uuid } = model;
    try {
      const info = await domains.info(domid);
      const lives = info !== undefined && info.uuid === uuid && !info.dying;
      if (lives && info.shutdownReason !== undefined && adopted) return;
      // The hypervisor itself does it where the guest was waiting for an answer of the device model just then.
      let crashed = lives && (info.shutdownReason ?? 'crash') === 'crash';
      let failure: unknown;
      if (crashed && info?.shutdownReason === undefined) {
        await domains.shutdown(domid, 'crash').catch((error: unknown) => {
          crashed = false;
          failure = error;
        });
      }
      this.#context.tell({ event: 'device-model-died', model, end, message, said, crashed });
      if (failure !== undefined) throw asXenImageError(failure);
      // Another toolstack ended the domain: what this one keeps of it goes.
      if (info === undefined) {
        await this.operation.get(DEVICE_MODELS).stop(domid);
        await this.#forgetGone(uuid);
      }
      await this.#sweep();
    } catch (error) {
      const domain = { domid, uuid, name: model.name };
      this.#context.tell({ event: 'failed', domain, error: asXenImageError(error).with({ domain }) });
    }
  }

  /** A domain that was started again, or is to be, has the same uuid: what is kept of it stays. */
  async #forgetGone(uuid: string): Promise<void> {
    const { kept } = this.#context;
    const again = (await this.operation.get(DOMAINS).list()).some((info) => info.uuid === uuid);
    if (!again && (await kept.read(uuid))?.state !== 'restarting') await kept.forget(uuid);
  }

  async #watchDomains(signal: AbortSignal, adopted: Promise<void>): Promise<void> {
    let first = true;
    // The first event stands for the present state.
    for await (const _event of this.operation.get(XENSTORE).watch(SHUTDOWN_EVENT, { signal })) {
      await this.#sweep();
      if (!first) continue;
      first = false;
      await Promise.race([adopted, aborted(signal)]);
      const domains = (await this.#context.kept.list()).filter(({ uuid }) => this.#wanted(uuid)).length;
      this.#context.tell({ event: 'supervising', domains, deviceModels: this.#deviceModels });
    }
  }

  /** Looks at all domains, once for however many changes came meanwhile. */
  #sweep(): Promise<void> {
    this.#again = true;
    this.#sweeping ??= (async () => {
      try {
        while (this.#again) {
          this.#again = false;
          const infos = await this.operation.get(DOMAINS).list();
          this.#sort(infos);
          await this.#missGone(infos);
        }
      } finally {
        this.#sweeping = undefined;
      }
    })();
    return this.#sweeping;
  }

  #sort(infos: readonly DomainInfo[]): void {
    const present = new Set<number>();
    for (const info of infos) {
      present.add(info.domid);
      if (info.domid === 0 || !isShutDown(info) || !this.#wanted(info.uuid)) this.#settled.delete(info.domid);
      else if (info.shutdownReason !== 'suspend' && this.#settled.get(info.domid) !== lookOf(info)) {
        this.#settled.set(info.domid, lookOf(info));
        this.#waiting.push(info);
      }
    }
    for (const domid of this.#settled.keys()) if (!present.has(domid)) this.#settled.delete(domid);
    this.#next();
  }

  /** A domain is gone once nothing is kept of it: one that is being restarted is not. */
  async #missGone(infos: readonly DomainInfo[]): Promise<void> {
    if (this.#uuids === undefined) return;
    const present = new Set(infos.filter(({ dying }) => !dying).map(({ uuid }) => uuid));
    for (const uuid of this.#uuids) {
      if (present.has(uuid)) continue;
      if ((await this.#context.kept.read(uuid)) !== undefined) {
        this.#lookLater();
        continue;
      }
      this.#uuids.delete(uuid);
      this.#context.tell({ event: 'domain-gone', uuid });
    }
    if (this.#uuids.size === 0) this.#stop.abort();
  }

  /** Another process ends or restarts the domain just now, and xenstore does not tell when it is done. */
  #lookLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      // What fails here fails at the next event, too, and ends the supervision there.
      if (!this.#stop.signal.aborted) this.#track(this.#sweep().catch(() => undefined));
    }, LOOK_AGAIN_MS);
  }

  #next(): void {
    while (this.#acting.size < MOST_AT_ONCE && !this.#stop.signal.aborted) {
      const info = this.#waiting.shift();
      if (info === undefined) return;
      this.#track(this.#act(info));
    }
  }

  async #act(info: DomainInfo): Promise<void> {
    try {
      const acted = await actOnShutdown(this.#context, info);
      // Where another process acts, its end may leave this to us: a later look decides.
      if (!acted) this.#settled.delete(info.domid);
      if (!acted || this.#uuids !== undefined) this.#lookLater();
    } catch (error) {
      const { domid, uuid } = info;
      this.#context.tell({ event: 'failed', domain: { domid, uuid, name: '' }, error: asXenImageError(error) });
    }
  }

  #track(work: Promise<void>): void {
    this.#acting.add(work);
    void work.finally(() => {
      this.#acting.delete(work);
      this.#next();
    });
  }
}

function lookOf({ uuid, shutdownReason }: DomainInfo): string {
  return `${uuid} ${shutdownReason ?? ''}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

function supervisorOf(...parts: ConstructorParameters<typeof Supervisor>): Supervisor {
  try {
    return new Supervisor(...parts);
  } catch (error) {
    throw asXenImageError(error);
  }
}

/**
 * Supervises domains: marks those crashed whose device model dies, and does what each configuration wants done when its domain shuts down. It begins with what earlier processes left unfinished.
 *
 * The events must be read, and the operation is closed when it ends. Errors that end it (a lost connection to xenstore, `SUPERVISOR_RUNS`)
 * are thrown to their reader.
 */
export function superviseDomains(
  operation: Operation,
  restart: SupervisedBy,
  options: SuperviseOptions = {},
): Supervision {
  const supervisor = supervisorOf(operation, restart, options);
  const stop = (): void => {
    supervisor.stop();
  };
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  const running = supervisor.run().finally(() => {
    options.signal?.removeEventListener('abort', stop);
  });
  const close = async (): Promise<void> => {
    stop();
    await running;
  };
  return {
    next: () => supervisor.events.next(),
    async return() {
      await close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
