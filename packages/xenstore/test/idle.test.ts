import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Plugin, PluginContext, PortRegistration, XenStore } from '@xen-image/core';
import { openReleasable, type OpenTransport } from '../src/client.js';
import { xenStorePlugin } from '../src/index.js';
import { OP } from '../src/operations.js';
import { openTransport } from '../src/transport/open.js';
import { fakeDaemon, type FakeDaemon, type Script } from './support/fake-daemon.js';
import { cleanUp, failure } from './support/use.js';

interface Operation {
  readonly store: XenStore;
  end(): Promise<void>;
}

/** An operation of a toolstack with this plugin. */
function operation(plugin: Plugin): Operation {
  let registered: PortRegistration<XenStore> | undefined;
  const context = { port: (registration: PortRegistration<XenStore>) => void (registered = registration) };
  plugin.register(context as unknown as PluginContext);
  const closers: (() => void | Promise<void>)[] = [];
  const scope = { onClose: (close: () => void | Promise<void>) => closers.push(close) };
  const store = registered?.create(scope as never) as XenStore;
  return {
    store,
    async end() {
      for (const close of closers) await close();
    },
  };
}

const answers: Script = (request, peer) => {
  if (request.strings[0] === '/silent') return;
  peer.reply(request, request.op === OP.READ ? 'x' : request.op === OP.TRANSACTION_START ? '7\0' : 'OK\0');
};

/** A daemon, and a plugin whose connections to it wait for the next operation. */
async function waiting(idleMs = 60_000): Promise<{ daemon: FakeDaemon; plugin: Plugin }> {
  const daemon = await fakeDaemon(answers);
  cleanUp(() => daemon.close());
  return { daemon, plugin: xenStorePlugin({ address: daemon.path, idleMs }) };
}

/** Begins an operation that has read something. */
async function begun(plugin: Plugin): Promise<Operation> {
  const one = operation(plugin);
  expect(await one.store.read('/a')).toBe('x');
  return one;
}

async function whole(plugin: Plugin): Promise<void> {
  await (await begun(plugin)).end();
}

describe('a connection that an operation has done with', () => {
  it('is used by the next one', async () => {
    const { daemon, plugin } = await waiting();
    for (let count = 0; count < 3; count += 1) await whole(plugin);
    expect(daemon.peers).toHaveLength(1);
  });

  it('is closed where none is kept waiting', async () => {
    const { daemon, plugin } = await waiting(0);
    await whole(plugin);
    await once(daemon.peers[0]!.socket, 'close');
    await whole(plugin);
    expect(daemon.peers).toHaveLength(2);
  });

  it('is never that of two at a time', async () => {
    const { daemon, plugin } = await waiting();
    for (let count = 0; count < 2; count += 1) {
      const both = await Promise.all([begun(plugin), begun(plugin)]);
      for (const one of both) await one.end();
    }
    expect(daemon.peers).toHaveLength(2);
  });

  it('is out of reach for the operation that is over', async () => {
    const { daemon, plugin } = await waiting();
    const first = await begun(plugin);
    await first.end();
    const second = await begun(plugin);
    expect(await failure(first.store.read('/a'))).toMatchObject({ code: 'XENSTORE_CLOSED' });
    await first.end();
    expect(await second.store.read('/a')).toBe('x');
    expect(daemon.peers).toHaveLength(1);
    await second.end();
  });

  it('stays open whatever the client that had it is told afterwards', async () => {
    const { daemon } = await waiting();
    const open: OpenTransport = (events) => openTransport([daemon.path], events);
    const first = await openReleasable(open, {});
    const rests = first.release();
    const second = await openReleasable(open, {}, rests);
    first.client.close();
    expect(first.release()).toBeUndefined();
    expect(await second.client.read('/a')).toBe('x');
    expect(daemon.peers).toHaveLength(1);
    second.client.close();
  });

  it.each([
    ['a moment ago', 20],
    ['just now', 0],
  ])('is made anew where the daemon was restarted %s', async (_when, agoMs) => {
    const { daemon, plugin } = await waiting();
    await whole(plugin);
    await daemon.stop();
    await daemon.start();
    if (agoMs > 0) await new Promise((resolve) => setTimeout(resolve, agoMs));
    await whole(plugin);
    expect(daemon.peers).toHaveLength(2);
  });

  it('is made anew where the daemon has closed it in this very turn', async () => {
    const { daemon, plugin } = await waiting();
    await whole(plugin);
    daemon.peers[0]?.socket.destroy();
    await whole(plugin);
    expect(daemon.peers).toHaveLength(2);
  });

  it('is made anew where the daemon says something unasked', async () => {
    const { daemon, plugin } = await waiting();
    await whole(plugin);
    daemon.peers[0]?.send(OP.READ, 99, 0, 'x');
    await whole(plugin);
    expect(daemon.peers).toHaveLength(2);
  });

  it.each<readonly [string, (store: XenStore) => unknown]>([
    ['a request', (store) => failure(store.read('/silent'))],
    ['a watch', (store) => store.watch('/a')[Symbol.asyncIterator]().next()],
    ['a transaction', (store) => failure(store.transaction(() => new Promise(() => undefined)))],
  ])('is closed where %s of it is under way', async (_what, leave) => {
    const { daemon, plugin } = await waiting();
    const first = await begun(plugin);
    void leave(first.store);
    while (daemon.received.length < 2) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = once(daemon.peers[0]!.socket, 'close');
    await first.end();
    await closed;
    await whole(plugin);
    expect(daemon.peers).toHaveLength(2);
  });

  it('is used again after transactions, one that was thrown away too', async () => {
    const { daemon, plugin } = await waiting();
    const first = await begun(plugin);
    await first.store.transaction((inner) => inner.write([{ path: '/a', value: '' }]));
    await failure(first.store.transaction(() => Promise.reject(new Error('no'))));
    await first.end();
    await whole(plugin);
    expect(daemon.peers).toHaveLength(1);
  });

  it('keeps no process, and is closed when nobody came for it', async () => {
    const held = (): number => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
    const { daemon, plugin } = await waiting(50);
    const before = held();
    const first = await begun(plugin);
    const used = held();
    await first.end();
    // The daemon's end of it is in this process, too.
    expect([used, held()].map((count) => count - before)).toEqual([2, 1]);
    await once(daemon.peers[0]!.socket, 'close');
    await whole(plugin);
    expect(daemon.peers).toHaveLength(2);
  });

  it('is no connection to another daemon', async () => {
    const [one, other] = [await fakeDaemon(answers), await fakeDaemon(answers)];
    const plugin = xenStorePlugin({ idleMs: 60_000 });
    const before = process.env['XENSTORED_PATH'];
    cleanUp(async () => {
      if (before === undefined) delete process.env['XENSTORED_PATH'];
      else process.env['XENSTORED_PATH'] = before;
      await one.close();
      await other.close();
    });
    for (const { path } of [one, other, one]) {
      process.env['XENSTORED_PATH'] = path;
      await whole(plugin);
    }
    expect([one.peers, other.peers].map(({ length }) => length)).toEqual([1, 1]);
  });
});
