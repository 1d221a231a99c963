import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';
import type { DeviceModelEvent, DeviceModels, DeviceModelStart, Posix, XenStore } from '@xen-image/core';
import { createPosix } from '@xen-image/posix';
import { openSimulator } from '@xen-image/xen-sim';
import { connectXenStore, xenStorePort } from '@xen-image/xenstore';
import { serveStore } from '@xen-image/xenstore/server';
import { createChildren } from '../../src/process/children.js';
import { fakeQemu, type Answer } from './fake-qemu.js';
import { deviceModelsPort } from '../../src/process/device-models.js';
import type { DeviceModelPlaces } from '../../src/process/places.js';

/** The device model of these tests; its arguments say what it does. */
export const FAKE = fileURLToPath(new URL('fake-device-model.sh', import.meta.url));

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (let cleanUp = cleanUps.pop(); cleanUp !== undefined; cleanUp = cleanUps.pop()) await cleanUp();
});

/** Runs when the test is over, the last registered first. */
export function cleanUp(work: () => unknown): void {
  cleanUps.push(work);
}

export const posix = createPosix();

/** A process that watches: its events so far, and the next one of a kind. */
export interface Watching {
  readonly events: DeviceModelEvent[];
  /** The first event of this kind, come or yet to come. */
  first<K extends DeviceModelEvent['event']>(event: K): Promise<Extract<DeviceModelEvent, { event: K }>>;
  end(): Promise<void>;
}

/**
 * A directory, a xenstore daemon over a simulated host, and real processes.
 *
 * @param started - by what device models are started, given what reads the log of one by its name
 */
export async function machine(
  change: DeviceModelPlaces = {},
  started: (log: (name: string) => string) => Posix = () => posix,
) {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-dm-'));
  cleanUp(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const simulator = openSimulator({ files: {} });
  const server = await serveStore(simulator.storeBackend(), { path: join(directory, 'store') });
  cleanUp(() => server.close());
  const connect = async (): Promise<XenStore> => {
    const client = await connectXenStore({ address: server.path });
    cleanUp(() => {
      client.close();
    });
    return xenStorePort(client);
  };
  const store = await connect();
  const goes = join(directory, 'goes');
  const places = {
    logDirectory: join(directory, 'log'),
    sentinelDirectory: join(directory, 'sentinels'),
    tapDirectory: join(directory, 'tap'),
    runDirectory: directory,
    ...change,
  };
  /** The port as another toolstack's process would have it: it knows nothing of the processes that others started. */
  const another = (): DeviceModels => deviceModelsPort({ store, posix }, places, createChildren());
  const children = createChildren();
  const log = (name: string): string => readFileSync(join(places.logDirectory, `qemu-dm-${name}.log`), 'utf8');
  const models = deviceModelsPort({ store, posix: started(log) }, places, children);
  const pids: number[] = [];
  cleanUp(() => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  });
  const start = async (domid: number, args: readonly string[], more: Partial<DeviceModelStart> = {}) => {
    const name = more.name ?? `guest${domid}`;
    const started = await models.start({
      domid,
      name,
      uuid: `00000000-0000-4000-8000-${String(domid).padStart(12, '0')}`,
      program: FAKE,
      args,
      environment: {},
      readiness: 'process',
      ...more,
    });
    pids.push(started.pid);
    return started;
  };
  const watch = (port: DeviceModels = models): Watching => {
    const over = new AbortController();
    const events: DeviceModelEvent[] = [];
    const waiting: (() => void)[] = [];
    let failure: Error | undefined;
    const reading = (async () => {
      try {
        for await (const event of port.watch!(over.signal)) {
          events.push(event);
          for (const wake of waiting.splice(0)) wake();
        }
      } catch (error) {
        failure = error as Error;
        for (const wake of waiting.splice(0)) wake();
      }
    })();
    const end = async (): Promise<void> => {
      over.abort();
      await reading;
    };
    cleanUp(end);
    return {
      events,
      async first(event) {
        for (;;) {
          const found = events.find((one) => one.event === event);
          if (found !== undefined) return found as never;
          if (failure !== undefined) throw failure;
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
      },
      end,
    };
  };
  return {
    directory,
    places,
    address: server.path,
    store,
    connect,
    models,
    children,
    another,
    start,
    watch,
    /** An argument for device models by which they wait until they are let go. */
    held: `wait-for:${goes}`,
    letGo: (): void => {
      writeFileSync(goes, '');
    },
    log,
    sentinels: (): string[] =>
      existsSync(places.sentinelDirectory) ? readdirSync(places.sentinelDirectory).sort() : [],
  };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Waits until a process does nothing but sleep(1): what it was to do before is done, and its loader has let go of libraries. */
export async function untilSleeps(pid: number): Promise<void> {
  await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes('(sleep) S '));
}

/** Whether a process runs; a zombie does not. */
export async function runs(pid: number): Promise<boolean> {
  return (await posix.identify(pid)) !== undefined;
}

/** A QEMU behind the control socket of a domain, which is there once the device model has begun, as with a real one. */
export async function qemuOf(
  { directory, sentinels }: Pick<Awaited<ReturnType<typeof machine>>, 'directory' | 'sentinels'>,
  domid: number,
  answers: Readonly<Record<string, Answer>> = {},
  over = new AbortController().signal,
) {
  await until(() => over.aborted || sentinels().some((name) => name.startsWith(`dm-${domid}-`)));
  return fakeQemu(answers, { path: join(directory, `qmp-libxl-${domid}`) });
}
