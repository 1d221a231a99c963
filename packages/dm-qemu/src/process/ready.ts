import { timeLimit, XenImageError, type DeviceModelEnd, type DeviceModelStart, type XenStore } from '@xen-image/core';
import type { Qmp } from '../qmp/commands.js';
import { openQmpWhenThere } from '../qmp/when-there.js';
import { endText } from './end.js';

/** A device model whose process has begun. */
export interface Started {
  readonly pid: number;
  readonly logPath: string;
  /** Resolves with what became of the process when it ends. */
  readonly ended: Promise<DeviceModelEnd>;
  /** The last lines it wrote. */
  lines(): readonly string[];
}

/** libxl waits as long (LIBXL_DEVICE_MODEL_START_TIMEOUT). */
const DEFAULT_TIMEOUT_MS = 60_000;

/** The node in which a device model says how it is. */
export function stateNode(domid: number): string {
  return `/local/domain/0/device-model/${domid}/state`;
}

async function running(store: XenStore, domid: number, signal: AbortSignal): Promise<void> {
  const node = stateNode(domid);
  for await (const _event of store.watch(node, { signal })) {
    if ((await store.read(node)) === 'running') return;
  }
}

/** The error of a device model that ended before it was ready. */
function died(end: DeviceModelEnd, started: Started, start: DeviceModelStart, said: readonly string[]): XenImageError {
  return new XenImageError(
    'DEVICE_MODEL_DIED',
    `the device model ended before it was ready (${endText(started.pid, end)})`,
    {
      phase: 'device-model',
      domain: { domid: start.domid, name: start.name, uuid: start.uuid },
      said,
      data: { logPath: started.logPath },
      hint: `Its log is ${started.logPath}.`,
    },
  );
}

/** How long the news of a process's end may trail what its end broke. */
const NEWS_MS = 500;

/**
 * Waits for something that a device model must do. Where it ends instead, that is the error, whatever else its end
 * broke.
 *
 * @throws XenImageError `DEVICE_MODEL_DIED` with the last lines of its log, or what `work` throws
 */
export async function unlessDead<T>(started: Started, start: DeviceModelStart, work: Promise<T>): Promise<T> {
  const ended = started.ended.then((end) => ({ end }));
  const outcome = await Promise.race([
    work.then(
      (result) => ({ result }),
      async (error: unknown) => {
        const late = new Promise<undefined>((resolve) => setTimeout(resolve, NEWS_MS, undefined));
        const known = await Promise.race([ended, late]);
        if (known === undefined) throw error;
        return known;
      },
    ),
    ended,
  ]);
  if ('end' in outcome) throw died(outcome.end, started, start, started.lines());
  return outcome.result;
}

/**
 * Waits until a device model is ready: until its state in xenstore says so, which one that gave up its rights cannot
 * write, and it says over its control socket that it runs. Its end before that is an error, as is the time limit or an
 * abort.
 *
 * @param socketPath - its control socket
 * @returns the connection, for what else is to be asked
 * @throws XenImageError `DEVICE_MODEL_DIED`, `DEVICE_MODEL_TIMEOUT` with the last lines of its log, `ABORTED`
 */
export async function waitUntilReady(
  started: Started,
  start: DeviceModelStart,
  { store, socketPath }: { readonly store: XenStore; readonly socketPath: string },
  abort: AbortSignal | undefined,
): Promise<Qmp> {
  const timeoutMs = start.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const over = new AbortController();
  // The connection outlives the wait: it must not hear of what comes later.
  const limit = timeLimit(timeoutMs, abort, over.signal);
  try {
    const work = connected(start, store, { socketPath, timeoutMs, signal: limit.signal });
    const qmp = await unlessDead(started, start, work);
    if (qmp !== undefined) return qmp;
  } catch (error) {
    over.abort();
    throw error;
  } finally {
    limit.end();
  }
  if (abort?.aborted === true) throw new XenImageError('ABORTED', 'the operation was aborted', { cause: abort.reason });
  throw new XenImageError('DEVICE_MODEL_TIMEOUT', `the device model was not ready within ${timeoutMs} ms`, {
    phase: 'device-model',
    domain: { domid: start.domid, name: start.name, uuid: start.uuid },
    said: started.lines(),
    data: { logPath: started.logPath, timeoutMs },
    hint: `Its log is ${started.logPath}.`,
  });
}

interface Connecting {
  readonly socketPath: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The connection to a device model that is ready; `undefined` where the signal aborts first. */
async function connected(
  { domid, restriction }: DeviceModelStart,
  store: XenStore,
  { socketPath, timeoutMs, signal }: Connecting,
): Promise<Qmp | undefined> {
  let qmp: Qmp | undefined;
  try {
    if (restriction === undefined) await running(store, domid, signal);
    qmp = await openQmpWhenThere(socketPath, timeoutMs, signal);
    await qmp.untilRunning();
    return qmp;
  } catch (error) {
    qmp?.close();
    if (signal.aborted) return undefined;
    throw error;
  }
}
