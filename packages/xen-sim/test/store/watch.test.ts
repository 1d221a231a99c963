import { describe, expect, it } from '@jest/globals';
import type { StoreEvent, XenStore } from '@xen-image/core';
import { buildGuest, newHost } from '../support/host.js';

/** A watch whose events are taken one by one; the first of them is taken already. */
async function watching(store: XenStore, path: string, signal?: AbortSignal) {
  const events = store.watch(path, signal === undefined ? {} : { signal })[Symbol.asyncIterator]();
  const first = await events.next();
  expect(first).toMatchObject({ done: false, value: { path } });
  let asked: Promise<IteratorResult<StoreEvent>> | undefined;
  const ask = () => (asked ??= events.next());
  const take = async (): Promise<string | undefined> => {
    const { value } = await ask();
    asked = undefined;
    return (value as StoreEvent | undefined)?.path;
  };
  return {
    next: take,
    /** Events that wait, without waiting for more. */
    pending: async (): Promise<(string | undefined)[]> => {
      const seen: (string | undefined)[] = [];
      while ((await Promise.race([ask(), settled()])) !== 'settled') seen.push(await take());
      return seen;
    },
    end: () => events.return?.(),
  };
}

/** Resolves after everything that is resolved already. */
async function settled(): Promise<'settled'> {
  await new Promise((resolve) => setImmediate(resolve));
  return 'settled';
}

describe('a watch', () => {
  it('tells of its own path first, then of changes at it and below it', async () => {
    const { store } = newHost();
    const watch = await watching(store, '/a');
    await store.write([{ path: '/a/b/c', value: '1' }]);
    await store.write([{ path: '/a', value: '1' }]);
    await store.write([{ path: '/ab', value: '1' }]);
    await store.setPermissions('/a/b', [{ domid: 0, read: true, write: false }]);
    expect(await watch.pending()).toEqual(['/a/b/c', '/a', '/a/b']);
  });

  it('tells once of a path that is changed twice before anybody looks', async () => {
    const { store } = newHost();
    const watch = await watching(store, '/a');
    await store.write([{ path: '/a', value: '1' }]);
    await store.write([{ path: '/a', value: '2' }]);
    expect(await watch.pending()).toEqual(['/a']);
  });

  it('tells of its removal with a node above it', async () => {
    const { store } = newHost();
    await store.write([{ path: '/a/b/c', value: '1' }]);
    const at = await watching(store, '/a/b');
    const above = await watching(store, '/a');
    await store.remove('/a');
    expect(await at.pending()).toEqual(['/a/b']);
    expect(await above.pending()).toEqual(['/a']);
  });

  it('tells of a transaction when it commits, and of none that fails', async () => {
    const { store } = newHost();
    const watch = await watching(store, '/a');
    await store.transaction(async (transaction) => {
      await transaction.write([{ path: '/a/b', value: '1' }]);
      expect(await watch.pending()).toEqual([]);
    });
    expect(await watch.next()).toBe('/a/b');
    await store
      .transaction((transaction) => transaction.write([{ path: '/a/c', value: '' }]).then(fail))
      .catch(() => 0);
    expect(await watch.pending()).toEqual([]);
  });

  it('ends when its signal aborts, while somebody waits or before', async () => {
    const { store } = newHost();
    const control = new AbortController();
    const watch = await watching(store, '/a', control.signal);
    const waiting = watch.next();
    control.abort();
    expect(await waiting).toBeUndefined();
    const aborted = store.watch('/a', { signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    expect(await aborted.next()).toEqual({ done: true, value: undefined });
  });

  it('ends with its loop and costs nothing then', async () => {
    const { store } = newHost();
    for (let round = 0; round < 100; round += 1) for await (const event of store.watch('/a')) if (event.path) break;
    const watch = await watching(store, '/a');
    const waiting = watch.next();
    await watch.end();
    expect(await waiting).toBeUndefined();
  });

  it('is refused for what is no path', async () => {
    const { store } = newHost();
    await expect(store.watch('a/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it('tells a guest of what it may read alone', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 32);
    const reads = [
      { domid: 0, read: false, write: false },
      { domid, read: true, write: false },
    ];
    await host.store.write([{ path: '/a', value: '', permissions: [{ domid: 0, read: false, write: false }] }]);
    const watch = await watching(host.simulator.asDomain(domid).store, '/a');
    await host.store.write([{ path: '/a/private', value: '' }]);
    await host.store.write([{ path: '/a/shared', value: '' }]);
    await host.store.setPermissions('/a/shared', reads);
    await host.store.remove('/a/private');
    await host.store.remove('/a/shared');
    expect(await watch.pending()).toEqual(['/a/shared']);
    const own = host.simulator.asDomain(domid).store;
    const many = Array.from({ length: 127 }, (_, at) => own.watch(`/w${at}`)[Symbol.asyncIterator]());
    for (const one of many) await one.next();
    await expect(watching(own, '/b')).rejects.toMatchObject({ errno: 'E2BIG' });
  });
});

describe('domains as the store knows them', () => {
  it('are introduced once they have a ring and a port, and told of to watches', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 32);
    const { storeFrame } = (await host.simulator.inspect()).domains[1]!;
    const watch = await watching(host.store, '@introduceDomain');
    for (const [frame, port] of [
      [storeFrame! + 1, 1],
      [storeFrame!, 99],
      [storeFrame!, 0],
    ] as const) {
      await expect(host.store.introduce(domid, frame, port)).rejects.toMatchObject({
        errno: 'EINVAL',
        call: 'INTRODUCE',
      });
    }
    await expect(host.store.introduce(99, 1, 1)).rejects.toMatchObject({ errno: 'EINVAL' });
    expect(await watch.pending()).toEqual([]);
    await host.store.introduce(domid, storeFrame!, 1);
    await host.store.introduce(domid, storeFrame!, 1);
    expect(await watch.pending()).toEqual(['@introduceDomain']);
    expect((await host.simulator.inspect()).introduced).toEqual([domid]);
  });

  it('are told of when they shut down, when they are destroyed and when they are released', async () => {
    const host = newHost();
    const watch = await watching(host.store, '@releaseDomain');
    const introduced = async (): Promise<number> => {
      const domid = await buildGuest(host, 32);
      const { domains } = await host.simulator.inspect();
      await host.store.introduce(domid, domains.find((domain) => domain.domid === domid)!.storeFrame!, 1);
      return domid;
    };
    const first = await introduced();
    await host.simulator.asDomain(first).shutdown('poweroff');
    expect(await watch.pending()).toEqual(['@releaseDomain']);
    await host.simulator.asDomain(first).shutdown('poweroff');
    expect(await watch.pending()).toEqual([]);
    await host.domains.destroy(first);
    expect(await watch.pending()).toEqual(['@releaseDomain']);
    const second = await introduced();
    await host.store.release(second);
    expect(await watch.pending()).toEqual(['@releaseDomain']);
    await host.domains.destroy(second);
    expect(await watch.pending()).toEqual([]);
  });

  it('are not known any more when they are destroyed: a release answers ENOENT', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 32);
    await expect(host.store.release(domid)).rejects.toMatchObject({ errno: 'ENOENT', call: 'RELEASE' });
    await expect(host.store.release(0)).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it('take what they own with them', async () => {
    const host = newHost();
    const domid = await buildGuest(host, 32);
    const { storeFrame } = (await host.simulator.inspect()).domains[1]!;
    await host.store.introduce(domid, storeFrame!, 1);
    await host.store.write([{ path: '/a/own/below', value: '' }]);
    await host.store.setPermissions('/a/own', [{ domid, read: false, write: false }]);
    await host.domains.destroy(domid);
    expect(await host.store.list('/a')).toEqual([]);
  });
});

function fail(): never {
  throw new Error('on purpose');
}
