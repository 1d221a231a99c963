import { Socket } from 'node:net';
import {
  EventQueue,
  isXenImageError,
  type DeviceModelEnd,
  type DeviceModelEvent,
  type Posix,
  type XenStore,
} from '@xen-image/core';
import type { Children } from './children.js';
import { endText } from './end.js';
import { logLines } from './log-file.js';
import { domidOf, modelOf, readRecord, readRecords, RECORDS, type DeviceModelRecord } from './record.js';
import { openHeld } from './sentinel.js';
import { errnoOf } from './unsafe.js';

/** How long the kernel may take from closing a process's descriptors to its end, also where domain 0 gets little of the processor. */
const DYING_MS = 2_000;

/** What watching needs. */
export interface WatchPorts {
  readonly store: XenStore;
  readonly posix: Posix;
  readonly children: Children;
}

interface Watched {
  readonly record: DeviceModelRecord;
  readonly adopted: boolean;
  readonly socket: Socket | undefined;
}

/**
 * Watches device models by their sentinels: the event loop waits for the end of file of each, so that none has a thread or
 * a timer. One xenstore watch tells of those that are started and stopped, by whichever process.
 */
export class Watcher {
  readonly events = new EventQueue<DeviceModelEvent>();
  readonly #watched = new Map<number, Watched>();
  readonly #stop = new AbortController();

  constructor(private readonly ports: WatchPorts) {}

  /** Runs until it is closed. */
  async run(): Promise<void> {
    try {
      let first = true;
      // The first event comes before any change that could be missed.
      for await (const { path } of this.ports.store.watch(RECORDS, { signal: this.#stop.signal })) {
        if (first) await this.#adopt();
        first = false;
        const domid = domidOf(path);
        if (domid !== undefined) await this.#look(domid);
      }
      this.events.end();
    } catch (error) {
      this.events.fail(error as Error);
    } finally {
      this.close();
    }
  }

  /** Ends the watch; device models run on. */
  close(): void {
    this.#stop.abort();
    for (const { socket } of this.#watched.values()) socket?.destroy();
    this.#watched.clear();
    this.events.end();
  }

  async #adopt(): Promise<void> {
    for (const record of await readRecords(this.ports.store)) this.#begin(record, true);
    this.events.push({ event: 'watching', count: this.#watched.size });
  }

  /** A record was written or removed. */
  async #look(domid: number): Promise<void> {
    const known = this.#watched.get(domid);
    const record = await readRecord(this.ports.store, domid);
    if (record === undefined || (known !== undefined && isSame(known.record, record))) return;
    known?.socket?.destroy();
    this.#begin(record, false);
  }

  #begin(record: DeviceModelRecord, adopted: boolean): void {
    let fd: number | undefined;
    try {
      fd = openHeld(record.sentinel);
    } catch (error) {
      const why = isXenImageError(error)
        ? error.message
        : `its sentinel ${record.sentinel} cannot be watched: ${errnoOf(error) ?? 'unknown'}`;
      this.#watched.set(record.domid, { record, adopted, socket: undefined });
      this.events.push({ event: 'unwatchable', model: modelOf(record), why });
      return;
    }
    if (!adopted) this.events.push({ event: 'watched', model: modelOf(record), adopted });
    if (fd === undefined) {
      this.#closed({ record, adopted, socket: undefined });
      return;
    }
    const socket = new Socket({ fd, readable: true, writable: false });
    const watched: Watched = { record, adopted, socket };
    this.#watched.set(record.domid, watched);
    if (adopted) this.events.push({ event: 'watched', model: modelOf(record), adopted });
    // What a device model writes to its sentinel says nothing; it is taken, so that the device model never waits.
    socket.resume();
    socket.once('error', () => undefined);
    socket.once('close', () => {
      if (this.#watched.get(record.domid) === watched) this.#closed({ ...watched, adopted: false });
    });
  }

  #closed(watched: Watched): void {
    const { domid } = watched.record;
    this.#watched.delete(domid);
    this.#tell(watched).catch((error: unknown) => {
      this.events.fail(error as Error);
    });
  }

  async #tell({ record, adopted }: Watched): Promise<void> {
    const model = modelOf(record);
    const now = await readRecord(this.ports.store, record.domid);
    if (now === undefined || !isSame(record, now)) {
      this.events.push({ event: 'stopped', model });
      // Nobody asks how it ended. Before it has, whoever stops it here may still wait for that.
      const { pid } = record.process;
      await this.ports.children.ended(pid)?.then(() => {
        this.ports.children.forget(pid);
      });
      return;
    }
    const end = await this.#endOf(record);
    const message = endText(record.process.pid, end);
    this.events.push({ event: 'died', model, adopted, end, message, said: logLines(record.logPath) });
  }

  /** How a device model ended whose sentinel is closed. One that runs on is killed. */
  async #endOf({ process }: DeviceModelRecord): Promise<DeviceModelEnd> {
    const { posix, children } = this.ports;
    const child = children.ended(process.pid);
    const dying = AbortSignal.timeout(DYING_MS);
    try {
      await (child === undefined ? posix.waitForExit(process, dying) : until(child, dying));
    } catch (error) {
      if (!dying.aborted) throw error;
      if (await posix.signal(process, 'SIGKILL')) return { how: 'sentinel-closed' };
    }
    const end = (await child) ?? { how: 'unknown' };
    children.forget(process.pid);
    return end;
  }
}

async function until(work: Promise<unknown>, limit: AbortSignal): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => {
      reject(limit.reason as Error);
    });
  });
  await Promise.race([work, late]);
}

function isSame(one: DeviceModelRecord, other: DeviceModelRecord): boolean {
  return (
    one.uuid === other.uuid &&
    one.process.pid === other.process.pid &&
    one.process.startTime === other.process.startTime
  );
}
