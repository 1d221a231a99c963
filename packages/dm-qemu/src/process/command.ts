import { timeLimit, XenImageError, type DeviceModelCommand, type Posix, type XenStore } from '@xen-image/core';
import { readRecord } from './record.js';

/** xend's 100 looks, 0.1 s apart. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** What commands need. */
export interface CommandPorts {
  readonly store: XenStore;
  readonly posix: Posix;
}

async function answered(store: XenStore, node: string, answer: string, signal: AbortSignal): Promise<boolean> {
  for await (const _event of store.watch(node, { signal })) if ((await store.read(node)) === answer) return true;
  return false;
}

/**
 * Has a device model of 2009 do something, by the nodes `parameter`, `command` and `state` of its directory, in xend's
 * order; then puts `state` back as it was. The state is watched, not asked for again and again.
 *
 * Where the answer does not come, all three stay as they are. An answer that the state gives already counts.
 *
 * @returns the parameter that the device model left
 * @throws XenImageError `DEVICE_MODEL_COMMAND_TIMEOUT`; `DEVICE_MODEL_DIED` where it ends instead; `ABORTED`
 */
export async function commandDeviceModel(
  { store, posix }: CommandPorts,
  domid: number,
  { command, answer, parameter, timeoutMs = DEFAULT_TIMEOUT_MS }: DeviceModelCommand,
  abort?: AbortSignal,
): Promise<string | undefined> {
  if (command === '' || answer === '') throw new TypeError('a device model is given a command and says an answer');
  const directory = `/local/domain/0/device-model/${domid}`;
  const state = `${directory}/state`;
  const original = await store.read(state);
  if (parameter !== undefined) await store.write([{ path: `${directory}/parameter`, value: parameter }]);
  await store.write([{ path: `${directory}/command`, value: command }]);
  if (answer === null) return undefined;
  const over = new AbortController();
  const limit = timeLimit(timeoutMs, over.signal, abort);
  const stop = limit.signal;
  try {
    const process = (await readRecord(store, domid))?.process;
    const ended = process === undefined ? [] : [posix.waitForExit(process, stop).then(() => 'ended' as const)];
    for (const wait of ended) wait.catch(() => undefined);
    const outcome = await Promise.race([answered(store, state, answer, stop), ...ended]);
    if (outcome === 'ended') throw failed('DEVICE_MODEL_DIED', domid, `ended before it answered ${command}`);
    if (!outcome) throw late(domid, command, timeoutMs, abort);
  } catch (error) {
    // The wait for the process ends by the same signal, and may be the first to say so.
    throw stop.aborted && !over.signal.aborted && error === stop.reason
      ? late(domid, command, timeoutMs, abort)
      : error;
  } finally {
    over.abort();
    limit.end();
  }
  await store.write([{ path: state, value: original ?? null }]);
  return store.read(`${directory}/parameter`);
}

function late(domid: number, command: string, timeoutMs: number, abort: AbortSignal | undefined): XenImageError {
  if (abort?.aborted === true)
    return new XenImageError('ABORTED', 'the operation was aborted', { cause: abort.reason });
  return failed('DEVICE_MODEL_COMMAND_TIMEOUT', domid, `did not answer ${command} within ${timeoutMs} ms`);
}

function failed(code: string, domid: number, what: string): XenImageError {
  return new XenImageError(code, `the device model of domain ${domid} ${what}`, {
    phase: 'device-model',
    domain: { domid },
  });
}
