import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { XenStore } from '@xen-image/core';
import { connectXenStore, xenStorePort } from '../../xenstore/src/index.js';
import { serveStore } from '../../xenstore/src/server.js';
import { openSimulator } from '../src/index.js';
import { buildGuest, drive, newHost } from './support/host.js';

const DOM0 = { domid: 0, transactionId: 0 };
const bytes = (text: string) => Buffer.from(text);

describe('the store for a server of the wire protocol', () => {
  it('is the store that the toolstack has, in bytes', async () => {
    const { simulator, store } = newHost();
    const backend = simulator.storeBackend();
    await store.write([{ path: '/a/b', value: 'ä' }]);
    expect(Buffer.from(await backend.read(DOM0, '/a/b')).toString()).toBe('ä');
    await backend.write(DOM0, '/a/raw', new Uint8Array([0, 0xff, 0x80]));
    expect([...(await backend.read(DOM0, '/a/raw'))]).toEqual([0, 0xff, 0x80]);
    expect(await backend.directory(DOM0, '/a')).toEqual(['b', 'raw']);
    expect(await backend.getPerms(DOM0, '/a')).toEqual([{ domid: 0, read: false, write: false }]);
    await backend.setPerms(DOM0, '/a', [{ domid: 0, read: true, write: false }]);
    expect(await store.permissions('/a')).toEqual([{ domid: 0, read: true, write: false }]);
    await backend.mkdir(DOM0, '/a/b');
    expect(await store.read('/a/b')).toBe('ä');
    await backend.rm(DOM0, '/a');
    expect(await store.read('/a')).toBeUndefined();
  });

  it('refuses with the errnos of xenstored', async () => {
    const { simulator } = newHost();
    const backend = simulator.storeBackend();
    await expect(backend.read(DOM0, '/none')).rejects.toMatchObject({ errno: 'ENOENT' });
    await expect(backend.directory(DOM0, '/none')).rejects.toMatchObject({ errno: 'ENOENT' });
    await expect(backend.getPerms(DOM0, '/none')).rejects.toMatchObject({ errno: 'ENOENT' });
    await expect(backend.rm(DOM0, '/none')).resolves.toBeUndefined();
    await expect(backend.rm(DOM0, '/none/below')).rejects.toMatchObject({ errno: 'ENOENT' });
    await expect(backend.read({ domid: 3, transactionId: 0 }, '/local')).rejects.toMatchObject({ errno: 'EACCES' });
    await expect(backend.read({ domid: 0, transactionId: 9 }, '/local')).rejects.toMatchObject({ errno: 'ENOENT' });
    await expect(backend.resume(9)).rejects.toMatchObject({ errno: 'ENOENT' });
  });

  it('has transactions of each domain that conflict as they must', async () => {
    const { simulator, store } = newHost();
    const backend = simulator.storeBackend();
    const first = { domid: 0, transactionId: await backend.startTransaction(0) };
    const second = { domid: 0, transactionId: await backend.startTransaction(0) };
    await backend.write(first, '/a', bytes('1'));
    await backend.write(second, '/a', bytes('2'));
    await expect(backend.read(DOM0, '/a')).rejects.toMatchObject({ errno: 'ENOENT' });
    await expect(backend.endTransaction(5, first.transactionId, true)).rejects.toMatchObject({ errno: 'ENOENT' });
    await backend.endTransaction(0, first.transactionId, true);
    await expect(backend.endTransaction(0, second.transactionId, true)).rejects.toMatchObject({ errno: 'EAGAIN' });
    expect(await store.read('/a')).toBe('1');
    const third = await backend.startTransaction(0);
    await backend.write({ domid: 0, transactionId: third }, '/b', bytes(''));
    await backend.endTransaction(0, third, false);
    expect(await store.read('/b')).toBeUndefined();
  });

  it('tells watches of changes, without a first event of its own', async () => {
    const { simulator, store } = newHost();
    const seen: string[] = [];
    const end = simulator.storeBackend().watch(0, '/a', (path) => seen.push(path));
    await store.write([{ path: '/a/b', value: '' }]);
    end();
    await store.write([{ path: '/a/c', value: '' }]);
    expect(seen).toEqual(['/a/b']);
  });

  it('introduces and releases domains of the simulated hypervisor', async () => {
    const host = newHost();
    const backend = host.simulator.storeBackend();
    const domid = await buildGuest(host, 32);
    const { storeFrame } = (await host.simulator.inspect()).domains[1]!;
    expect(await backend.isIntroduced(domid)).toBe(false);
    await backend.introduce(domid, BigInt(storeFrame!), 1);
    expect(await backend.isIntroduced(domid)).toBe(true);
    await backend.resume(domid);
    await backend.release(domid);
    expect(await backend.isIntroduced(domid)).toBe(false);
  });
});

describe('the store over a socket', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'xen-sim-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  /** What came of a request: its answer, or the errno. */
  async function outcome(request: Promise<unknown>): Promise<unknown> {
    return request.then(
      (answer) => answer ?? null,
      (error: unknown) => {
        const { code, errno = null } = error as { code: string; errno?: string };
        return [code, errno];
      },
    );
  }

  /** Requests of every kind, with what came of each. */
  async function tour(store: XenStore): Promise<unknown[]> {
    const outcomes: unknown[] = [];
    const ask = async (request: Promise<unknown>) => outcomes.push(await outcome(request));
    await ask(store.read('/local/domain/0/name'));
    await ask(store.read('/none'));
    await ask(store.list('/none'));
    await ask(store.permissions('/none'));
    await ask(store.write([{ path: '/a/b', value: 'ä' }]));
    await ask(store.write([{ path: '/a/p', value: '', permissions: [{ domid: 0, read: true, write: false }] }]));
    await ask(store.permissions('/a/p'));
    await ask(store.list('/a'));
    await ask(store.read('/a/b'));
    await ask(store.setPermissions('/none', [{ domid: 0, read: false, write: false }]));
    await ask(store.setPermissions('/a', [{ domid: 77, read: false, write: false }]));
    await ask(store.remove('/'));
    await ask(store.remove('/none/below'));
    await ask(store.release(77));
    await ask(store.introduce(77, 1, 1));
    await ask(
      store.transaction(async (inner) => {
        await inner.write([{ path: '/a/t', value: '1' }]);
        return inner.list('/a');
      }),
    );
    let tries = 0;
    await ask(
      store.transaction(async (inner) => {
        await inner.read('/a/t');
        if (tries++ === 0) await store.write([{ path: '/a/t', value: '2' }]);
        await inner.write([{ path: '/a/t', value: '3' }]);
        return tries;
      }),
    );
    await ask(store.write([{ path: '/a', value: null }]));
    await ask(store.read('/a/t'));
    const events: string[] = [];
    for await (const { path } of store.watch('/w')) {
      events.push(path);
      if (events.length === 1) await store.write([{ path: '/w/x', value: '' }]);
      else break;
    }
    outcomes.push(events);
    return outcomes;
  }

  it('answers a client of the wire protocol as it answers the toolstack itself', async () => {
    const served = openSimulator();
    const server = await serveStore(served.storeBackend(), { path: join(directory, 'socket') });
    const client = await connectXenStore({ address: server.path });
    try {
      const [direct, wire] = [await tour(drive(openSimulator()).store), await tour(xenStorePort(client))];
      expect(wire).toEqual(direct);
      expect(direct).toContainEqual(['XENSTORE_NOENT', 'ENOENT']);
      expect(direct).toContainEqual(['XENSTORE_INVAL', 'EINVAL']);
      expect(direct).toContainEqual(2);
    } finally {
      client.close();
      await server.close();
    }
  });
});
