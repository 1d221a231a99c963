import { XenImageError, type DeviceModelStart, type XenStore } from '@xen-image/core';
import type { Started } from './start.js';

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

/**
 * Waits until a device model says that it runs; its end before that is an error, as is the time limit or an abort.
 *
 * @throws XenImageError `DEVICE_MODEL_DIED`, `DEVICE_MODEL_TIMEOUT` with the last lines of its log, `ABORTED`
 */
export async function waitUntilReady(
  started: Started,
  start: DeviceModelStart,
  store: XenStore,
  abort: AbortSignal | undefined,
): Promise<void> {
  const timeoutMs = start.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const over = new AbortController();
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([over.signal, timeout, ...(abort === undefined ? [] : [abort])]);
  const domain = { domid: start.domid, name: start.name, uuid: start.uuid };
  try {
    const outcome = await Promise.race([
      running(store, start.domid, stop).then(() => 'ready' as const),
      started.ended.then((how) => ({ how })),
    ]);
    if (typeof outcome === 'object') {
      throw new XenImageError('DEVICE_MODEL_DIED', `the device model ${outcome.how} before it was ready`, {
        phase: 'device-model',
        domain,
        said: await started.lines(),
        data: { logPath: started.logPath },
        hint: `Its log is ${started.logPath}.`,
      });
    }
    if (abort?.aborted === true)
      throw new XenImageError('ABORTED', 'the operation was aborted', { cause: abort.reason });
    if (timeout.aborted) {
      throw new XenImageError('DEVICE_MODEL_TIMEOUT', `the device model was not ready within ${timeoutMs} ms`, {
        phase: 'device-model',
        domain,
        said: await started.lines(),
        data: { logPath: started.logPath, timeoutMs },
        hint: `Its log is ${started.logPath}.`,
      });
    }
  } finally {
    over.abort();
  }
}
