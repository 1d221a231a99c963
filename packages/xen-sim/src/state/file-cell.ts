import { setTimeout as sleep } from 'node:timers/promises';
import { XenImageError } from '@xen-image/core';
import type { Machine } from '../hypervisor/machine.js';
import type { Owners } from '../ports/owners.js';
import { WatchHub } from '../store/watch-hub.js';
import type { Cell, WatchRequest } from './cell.js';
import { machineData, machineFrom } from './machine-data.js';
import {
  changeFrom,
  numberedChange,
  readStateFile,
  unusable,
  versionOf,
  writeStateFile,
  type NumberedChange,
} from './state-file.js';
import { lockVersion, type VersionLock } from './version-lock.js';

const RETRY_MS = 2;
const PATIENCE_MS = 10_000;
/** How often a process with watches looks for changes that others made. */
const POLL_MS = 20;
/** Changes that are kept for watches of other processes. */
const KEPT_CHANGES = 256;

/**
 * A machine in a file that several processes share.
 *
 * Every change takes the right to write the next version, reads what others wrote, is carried out, and replaces the
 * file. All of that happens in one turn of the event loop, so that within a process nothing comes between, and a
 * process that is killed leaves the file as it was before or after the change.
 */
export class FileCell implements Cell {
  readonly #watches = new WatchHub();
  readonly #holder: string;
  #machine: Machine | undefined;
  #version = 0;
  #changes: NumberedChange[] = [];
  /** The number of the last change that watches of this process were told. */
  #told: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly file: string,
    private readonly makeFirst: () => Machine,
    private readonly owners: Owners,
  ) {
    this.#holder = owners.begin();
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  async read<T>(look: (machine: Machine) => T): Promise<T> {
    if (versionOf(this.file) === 0) await this.write(() => undefined);
    return look(this.#current());
  }

  async write<T>(change: (machine: Machine) => T): Promise<T> {
    return this.#exclusively((machine) => ({ machine, answer: attempt(() => change(machine)) }));
  }

  async replace(make: (machine: Machine) => Machine): Promise<void> {
    await this.#exclusively((machine) => ({ machine: make(machine), answer: () => undefined }));
    this.#watches.restart();
  }

  watch(request: WatchRequest): () => void {
    const machine = versionOf(this.file) > 0 ? this.#current() : undefined;
    if (machine === undefined) this.#told = 0;
    const { quotas } = (machine ?? this.makeFirst()).store;
    const remove = this.#watches.add(request, quotas.watches);
    this.#timer ??= setInterval(() => {
      this.#look();
    }, POLL_MS);
    return () => {
      remove();
      if (this.#watches.size === 0) this.#stopLooking();
    };
  }

  close(): void {
    this.#watches.clear();
    this.#stopLooking();
    this.owners.end(this.#holder);
  }

  async #exclusively<T>(work: (machine: Machine) => { machine: Machine; answer: () => T }): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const done = this.#tryExclusively(work);
      if (done !== undefined) return done.answer();
      if (Date.now() > deadline) throw busy(this.file);
      await sleep(RETRY_MS);
    }
  }

  #tryExclusively<T>(
    work: (machine: Machine) => { machine: Machine; answer: () => T },
  ): { answer: () => T } | undefined {
    const version = versionOf(this.file);
    const lock = this.#lock(version + 1);
    if (!lock.got) return undefined;
    try {
      if (versionOf(this.file) !== version) return undefined;
      const { machine, answer } = work(version === 0 ? this.makeFirst() : this.#current());
      this.#commit(machine, version + 1);
      return { answer };
    } catch (error) {
      // Memory may be ahead of the file now.
      this.#machine = undefined;
      throw error;
    } finally {
      lock.release();
    }
  }

  #lock(version: number): VersionLock {
    try {
      return lockVersion(this.file, version, this.#holder, (holder) => this.owners.isAlive(holder));
    } catch (error) {
      throw unusable(this.file, error);
    }
  }

  #commit(machine: Machine, version: number): void {
    const last = this.#changes.at(-1)?.[0] ?? 0;
    const made = machine.store.tree.changes.splice(0);
    const fresh = made.map((change, at) => numberedChange(last + 1 + at, change));
    const changes = [...this.#changes, ...fresh].slice(-KEPT_CHANGES);
    writeStateFile(this.file, { version, changes, machine: machineData(machine) });
    this.#machine = machine;
    this.#version = version;
    this.#changes = changes;
    this.#tell();
  }

  /** The machine as the file has it now. */
  #current(): Machine {
    const version = versionOf(this.file);
    if (this.#machine !== undefined && this.#version === version) return this.#machine;
    const data = readStateFile(this.file);
    this.#machine = machineFrom(data.machine);
    this.#version = data.version;
    this.#changes = [...data.changes];
    this.#tell();
    return this.#machine;
  }

  #tell(): void {
    const last = this.#changes.at(-1)?.[0] ?? 0;
    const told = this.#told ?? last;
    this.#told = last;
    if (told === last || this.#machine === undefined) return;
    const first = this.#changes[0]?.[0] ?? 0;
    if (first > told + 1) this.#watches.restart();
    const fresh = this.#changes.filter(([number]) => number > told).map(changeFrom);
    this.#watches.deliver(this.#machine.store, fresh);
  }

  #look(): void {
    try {
      this.#current();
    } catch {
      // The next call says what is wrong with the file.
    }
  }

  #stopLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** What a function answers or throws, to be had later. */
function attempt<T>(run: () => T): () => T {
  try {
    const answer = run();
    return () => answer;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function busy(file: string): XenImageError {
  return new XenImageError('STATE_FILE_BUSY', `the state file ${file} is written by others all the time`, {
    data: { file },
    hint: 'See which processes use it.',
  });
}
