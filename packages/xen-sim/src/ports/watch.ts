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
  let started: Promise<() => void> | undefined;
  const end = (): void => {
    queue.end();
  };
  const queue = new WatchQueue(`xen-sim-${++tokens}`, () => {
    signal?.removeEventListener('abort', end);
    started?.then(
      (remove) => {
        remove();
      },
      () => undefined,
    );
  });
  const start = (): Promise<() => void> => {
    signal?.addEventListener('abort', end, { once: true });
    return session.cell.watch(path, domid, (changed) => {
      if (!session.hasCrashed()) queue.push(changed);
    });
  };
  return {
    async next() {
      if (signal?.aborted === true) end();
      else await (started ??= start());
      return queue.next();
    },
    return: () => queue.return(),
  };
}
