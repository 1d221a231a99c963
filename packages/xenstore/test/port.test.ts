import { describe, expect, it } from '@jest/globals';
import type { PluginContext, PortRegistration, XenStore } from '@xen-image/core';
import { XENSTORE } from '@xen-image/core';
import { connectXenStore, xenStorePlugin, xenStorePort } from '../src/index.js';
import { serveStore } from '../src/server.js';
import { fakeDaemon } from './support/fake-daemon.js';
import { MemoryStore } from './support/memory-store.js';
import { cleanUp, failure, scripted } from './support/use.js';
import { OP } from '../src/operations.js';

async function address(): Promise<string> {
  const daemon = await fakeDaemon();
  await daemon.stop();
  cleanUp(() => daemon.close());
  const server = await serveStore(new MemoryStore(), { path: daemon.path });
  cleanUp(() => server.close());
  return server.path;
}

async function port(): Promise<XenStore> {
  const client = await connectXenStore({ address: await address() });
  cleanUp(() => {
    client.close();
  });
  return xenStorePort(client);
}

describe("core's port over a client", () => {
  it('reads, writes and removes', async () => {
    const store = await port();
    await store.write([
      { path: '/a/b', value: '1', permissions: [{ domid: 3, read: true, write: false }] },
      { path: '/a/c', value: '2' },
      { path: '/a/c', value: null },
      { path: '/absent/node', value: null },
    ]);
    expect(await store.read('/a/b')).toBe('1');
    expect(await store.read('/a/c')).toBeUndefined();
    expect(await store.list('/a')).toEqual(['b']);
    expect(await store.list('/none')).toBeUndefined();
    expect(await store.permissions('/a/b')).toEqual([{ domid: 3, read: true, write: false }]);
    expect(await store.permissions('/none')).toBeUndefined();
    await store.setPermissions('/a/b', [{ domid: 0, read: false, write: false }]);
    await store.remove('/a/b');
    await store.remove('/none/at/all');
    expect(await store.read('/a/b')).toBeUndefined();
  });

  it('writes all or nothing where that is asked for', async () => {
    const { daemon, client } = await scripted((request, peer) => {
      if (request.op === OP.TRANSACTION_START) peer.reply(request, '4\0');
      else if (request.strings[0] === '/bad') peer.refuse(request, 'EACCES');
      else peer.reply(request, 'OK\0');
    });
    const store = xenStorePort(client);
    const writes = [
      { path: '/good', value: '' },
      { path: '/bad', value: '' },
    ];
    expect(await failure(store.write(writes, { transaction: true }))).toMatchObject({ code: 'XENSTORE_ACCES' });
    expect(daemon.received.at(-1)).toMatchObject({ op: OP.TRANSACTION_END, tx: 4, strings: ['F'] });
    await store.write(writes.slice(0, 1), { transaction: true });
    expect(daemon.received.at(-1)).toMatchObject({ op: OP.TRANSACTION_END, tx: 4, strings: ['T'] });
  });

  it('runs transactions', async () => {
    const store = await port();
    const answer = await store.transaction(async (inner) => {
      await inner.write([{ path: '/n', value: '1' }]);
      expect(await store.read('/n')).toBeUndefined();
      await inner.remove('/m');
      return await inner.read('/n');
    });
    expect([answer, await store.read('/n')]).toEqual(['1', '1']);
  });

  it('watches until the signal', async () => {
    const store = await port();
    const control = new AbortController();
    const seen: string[] = [];
    for await (const { path, token } of store.watch('/a', { signal: control.signal })) {
      expect(token).toMatch(/^xen-image-/);
      seen.push(path);
      if (seen.length === 1) await store.write([{ path: '/a/1', value: '' }]);
      else control.abort();
    }
    expect(seen).toEqual(['/a', '/a/1']);
    for await (const event of store.watch('/a', { signal: control.signal })) throw new Error(event.path);
  });

  it('watches until its loop ends', async () => {
    const store = await port();
    for await (const { path } of store.watch('/a')) {
      expect(path).toBe('/a');
      break;
    }
    await expect(store.watch('/a//b')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'XENSTORE_PATH_INVALID',
    });
  });

  it('introduces, resumes and releases domains', async () => {
    const store = await port();
    await store.introduce(3, 17, 2);
    await store.resume(3);
    await store.release(3);
    expect(await failure(store.release(3))).toMatchObject({ errno: 'ENOENT', call: 'RELEASE' });
    expect(await failure(store.resume(3))).toMatchObject({ call: 'RESUME' });
  });
});

describe('the plugin', () => {
  /** What the plugin registers, used as one operation uses it. */
  function operation(options: Parameters<typeof xenStorePlugin>[0]): { store: XenStore; close: () => Promise<void> } {
    const ports: PortRegistration<XenStore>[] = [];
    const context = { port: (registration: PortRegistration<XenStore>) => ports.push(registration) };
    xenStorePlugin(options).register(context as unknown as PluginContext);
    const [registration] = ports;
    expect(registration?.token).toBe(XENSTORE);
    const closes: (() => void | Promise<void>)[] = [];
    const scope = { onClose: (close: () => void | Promise<void>) => closes.push(close) };
    const store = registration!.create(scope as never);
    return {
      store,
      close: async () => {
        for (const close of closes) await close();
      },
    };
  }

  it('connects when the store is first used, once, and closes with the operation', async () => {
    const daemon = await fakeDaemon((request, peer) => {
      peer.reply(request, 'x');
    });
    cleanUp(() => daemon.close());
    const { store, close } = operation({ address: daemon.path });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(daemon.peers).toHaveLength(0);
    expect(await Promise.all([store.read('/a'), store.read('/b')])).toEqual(['x', 'x']);
    expect(daemon.peers).toHaveLength(1);
    await close();
    expect(await failure(store.read('/a'))).toMatchObject({ code: 'XENSTORE_CLOSED' });
  });

  it('that was never used has nothing to close', async () => {
    const { close } = operation({ address: '/nowhere' });
    await close();
  });

  it('tries again where it could not connect', async () => {
    const daemon = await fakeDaemon((request, peer) => {
      peer.reply(request, 'x');
    });
    cleanUp(() => daemon.close());
    await daemon.stop();
    const { store, close } = operation({ address: daemon.path });
    expect(await failure(store.read('/a'))).toMatchObject({ code: 'XENSTORE_CONNECT' });
    await daemon.start();
    expect(await store.read('/a')).toBe('x');
    await close();
  });

  it('has a new connection for what follows where one was lost', async () => {
    const daemon = await fakeDaemon((request, peer) => {
      if (request.strings[0] === '/kill') peer.socket.destroy();
      else peer.reply(request, 'x');
    });
    cleanUp(() => daemon.close());
    const { store, close } = operation({ address: daemon.path });
    expect(await failure(store.read('/kill'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
    expect(await store.read('/a')).toBe('x');
    await daemon.stop();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await failure(store.read('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
    await close();
  });

  it('can share a client, which stays open', async () => {
    const { client } = await scripted((request, peer) => {
      peer.reply(request, 'x');
    });
    const { store, close } = operation({ client });
    expect(await store.read('/a')).toBe('x');
    await close();
    expect(await client.read('/a')).toBe('x');
  });
});
