import type { StoreEvent } from '@xen-image/core';
import { WatchQueue } from '../store/watch-queue.js';
import type { Session } from './session.js';

let tokens = 0;

/** The changes at a path and below it as a domain may know of them; the watch is set when the first one is asked for. */
export function storeWatch(
  session: Session,
  domid: number,
  path: string,
  signal: AbortSignal | undefined,
): AsyncIterable<StoreEvent> {
  return { [Symbol.asyncIterator]: () => startWatch(session, domid, path, signal) };
}

function startWatch(
  session: Session,
  domid: number,
  path: string,
  signal: AbortSignal | undefined,
): AsyncIterator<StoreEvent, undefined> {
  let remove: (() => void) | undefined;
  const end = (): void => {
    queue.end();
  };
  const queue = new WatchQueue(`xen-sim-${++tokens}`, () => {
    signal?.removeEventListener('abort', end);
    remove?.();
  });
  const tell = (changed: string): void => {
    if (!session.hasCrashed()) queue.push(changed);
  };
  const start = (): (() => void) => {
    signal?.addEventListener('abort', end, { once: true });
    return session.cell.watch({ path, domid, tell, first: true });
  };
  return {
    async next() {
      if (signal?.aborted === true) end();
      else remove ??= start();
      return queue.next();
    },
    return: () => queue.return(),
  };
}
