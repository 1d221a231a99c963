import { mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectXenStore } from '../../src/index.js';
import type { XenStoreClient } from '../../src/index.js';
import { serveStore } from '../../src/server.js';
import type { Caller, StoreBackend, StoreServer, StoreServerOptions } from '../../src/server.js';
import { OP } from '../../src/operations.js';
import { frame } from '../support/fake-daemon.js';
import { MemoryStore } from '../support/memory-store.js';
import { cleanUp, failure } from '../support/use.js';

async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'xenstore-'));
  cleanUp(() => rm(directory, { recursive: true }));
  return join(directory, 'socket');
}

async function served(
  options: Partial<StoreServerOptions> = {},
  backend: StoreBackend = new MemoryStore(),
): Promise<{ server: StoreServer; client: XenStoreClient; open: () => Promise<XenStoreClient> }> {
  const server = await serveStore(backend, { path: await place(), ...options });
  cleanUp(() => server.close());
  const open = async (): Promise<XenStoreClient> => {
    const client = await connectXenStore({ address: server.path });
    cleanUp(() => {
      client.close();
    });
    return client;
  };
  return { server, client: await open(), open };
}

/** A client that says what the test says, and keeps what it hears. */
async function raw(path: string): Promise<{ socket: Socket; heard: () => Buffer; closed: Promise<void> }> {
  const socket = connect(path);
  cleanUp(() => {
    socket.destroy();
  });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve();
    });
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, heard: () => Buffer.concat(chunks), closed };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What a request comes to: its reply as type and text. */
async function ask(path: string, op: number, payload: string, tx = 0): Promise<[number, string]> {
  const { socket, heard } = await raw(path);
  socket.write(frame(op, 5, tx, payload));
  await until(() => heard().length >= 16 && heard().length >= 16 + heard().readUInt32LE(12));
  const reply = heard();
  expect([reply.readUInt32LE(4), reply.readUInt32LE(8)]).toEqual([5, tx]);
  return [reply.readUInt32LE(0), reply.subarray(16, 16 + reply.readUInt32LE(12)).toString('latin1')];
}

describe('a store that is served', () => {
  it('is a tree', async () => {
    const { client } = await served();
    await client.write('/a/b', 'grün');
    await client.write('/a/c', new Uint8Array([0, 255]));
    await client.mkdir('/a/d/e');
    expect(await client.read('/a/b')).toBe('grün');
    expect(await client.readBytes('/a/c')).toEqual(Buffer.from([0, 255]));
    expect(await client.directory('/a')).toEqual(['b', 'c', 'd']);
    expect(await client.directory('/a/b')).toEqual([]);
    await client.rm('/a/d');
    await client.rm('/nowhere/at/all');
    expect(await client.directoryMaybe('/a/d')).toBeUndefined();
    expect(await failure(client.read('/a/d'))).toMatchObject({ code: 'XENSTORE_NOENT', errno: 'ENOENT' });
  });

  it('has permissions', async () => {
    const { client } = await served();
    await client.batch([{ op: 'write', path: '/a', value: '', permissions: ['r3', 'b5'] }]);
    await client.setPerms('@releaseDomain', ['n0', 'r5']);
    expect(await client.getPerms('/a')).toEqual([
      { domid: 3, read: true, write: false },
      { domid: 5, read: true, write: true },
    ]);
    expect(await client.getPerms('@releaseDomain')).toHaveLength(2);
  });

  it('has transactions, which conflict', async () => {
    const { client, open } = await served();
    const other = await open();
    await client.write('/n', '0');
    let bodies = 0;
    await client.transaction(async (transaction) => {
      const value = Number(await transaction.read('/n'));
      if ((bodies += 1) === 1) await other.write('/n', '10');
      await transaction.write('/n', String(value + 1));
      expect(await other.read('/n')).toBe('10');
    });
    expect(bodies).toBe(2);
    expect(await client.read('/n')).toBe('11');
  });

  it('keeps every one of many counts that clients make at once', async () => {
    const { client, open } = await served();
    await client.write('/n', '0');
    const clients = await Promise.all([1, 2, 3, 4].map(() => open()));
    await Promise.all(
      clients.map(async (one) => {
        for (let round = 0; round < 10; round += 1) {
          await one.transaction(
            async (transaction) => {
              await transaction.write('/n', String(Number(await transaction.read('/n')) + 1));
            },
            { attempts: 1000 },
          );
        }
      }),
    );
    expect(await client.read('/n')).toBe('40');
  });

  it('tells watches what changed, with and without a transaction', async () => {
    const { client } = await served();
    const watch = await client.watch('/a');
    expect((await watch.next()).value?.path).toBe('/a');
    await client.write('/a/1', 'x');
    expect((await watch.next()).value?.path).toBe('/a/1');
    await client.transaction((transaction) => transaction.write('/a/2', 'x'));
    expect((await watch.next()).value?.path).toBe('/a/2');
    await client.write('/ab', 'x');
    await client.rm('/a');
    expect((await watch.next()).value?.path).toBe('/a');
    await watch.close();
  });

  it('knows domains', async () => {
    const { client } = await served();
    const watch = await client.watch('@introduceDomain');
    await watch.next();
    expect(await client.isDomainIntroduced(3)).toBe(false);
    await client.introduce(3, 0xfeffcn, 2);
    expect((await watch.next()).value?.path).toBe('@introduceDomain');
    expect(await client.isDomainIntroduced(3)).toBe(true);
    await client.resume(3);
    await client.release(3);
    expect(await failure(client.release(3))).toMatchObject({ errno: 'ENOENT' });
    expect(await client.getDomainPath(3)).toBe('/local/domain/3');
  });

  it('sends a large directory in parts', async () => {
    const { client } = await served();
    const names = Array.from({ length: 1000 }, (_, index) => `${index}-${'x'.repeat(index % 40)}`);
    await client.batch(names.map((name) => ({ op: 'mkdir', path: `/vm/${name}` }) as const));
    expect(await client.directory('/vm')).toEqual(names);
  });

  it('sends a list that just fits, or just not', async () => {
    const { client } = await served();
    for (const last of [7, 8, 9]) {
      await client.rm('/vm');
      const names = [...Array.from({ length: 511 }, (_, index) => String(index + 1_000_000)), 'x'.repeat(last)];
      await client.batch(names.map((name) => ({ op: 'mkdir', path: `/vm/${name}` }) as const));
      expect(await client.directory('/vm')).toEqual(names);
    }
  });

  it('waits for a store that takes its time, and answers in order', async () => {
    const store = new MemoryStore();
    const slow: StoreBackend = Object.assign(Object.create(store) as MemoryStore, {
      write: store.write.bind(store),
      read: async (caller: Caller, path: string) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        return store.read(caller, path);
      },
    });
    const { client } = await served({}, slow);
    const answers: unknown = await Promise.all([
      client.write('/a', '1'),
      client.read('/a'),
      client.write('/a', '2'),
      client.read('/a'),
      failure(client.read('/b')),
    ]);
    expect(answers).toEqual([undefined, '1', undefined, '2', expect.objectContaining({ errno: 'ENOENT' })]);
  });

  it('answers EIO for what it does not understand of its store', async () => {
    const broken = Object.assign(new MemoryStore(), {
      read: () => {
        throw new Error('secret');
      },
      mkdir: () => Promise.reject(Object.assign(new Error(), { code: 'EWEIRD' })),
    });
    const { client } = await served({}, broken);
    expect(await failure(client.read('/a'))).toMatchObject({ errno: 'EIO' });
    expect(await failure(client.mkdir('/a'))).toMatchObject({ errno: 'EIO' });
  });
});

describe('a client of a served store', () => {
  it('of a domain has that domain’s rights and relative paths', async () => {
    const store = new MemoryStore();
    const { client: dom0 } = await served({}, store);
    await dom0.batch([
      { op: 'write', path: '/local/domain/5/name', value: 'guest', permissions: ['n0', 'r5'] },
      { op: 'mkdir', path: '/local/domain/5/data', permissions: ['n5'] },
    ]);
    const { server } = await served({ domid: 5 }, store);
    expect(await ask(server.path, OP.READ, 'name\0')).toEqual([OP.READ, 'guest']);
    expect(await ask(server.path, OP.READ, '/local/domain/5/name\0')).toEqual([OP.READ, 'guest']);
    expect(await ask(server.path, OP.WRITE, 'name\0x')).toEqual([OP.ERROR, 'EACCES\0']);
    expect(await ask(server.path, OP.WRITE, 'data/x\0y')).toEqual([OP.WRITE, 'OK\0']);
    for (const op of [OP.INTRODUCE, OP.RELEASE, OP.RESUME, OP.IS_DOMAIN_INTRODUCED]) {
      expect(await ask(server.path, op, ['7', '1', '1', ''].join('\0'))).toEqual([OP.ERROR, 'EACCES\0']);
    }
    const { socket, heard } = await raw(server.path);
    socket.write(frame(OP.WATCH, 1, 0, 'data\0token\0'));
    await until(() => heard().includes('token'));
    await dom0.write('/local/domain/5/data/x', 'z');
    await until(() => heard().includes('data/x\0token'));
    expect(heard().includes('/data')).toBe(false);
  });

  it('of domain 0 has no relative paths', async () => {
    const { server } = await served();
    expect(await ask(server.path, OP.READ, 'name\0')).toEqual([OP.ERROR, 'EINVAL\0']);
  });

  it.each([
    ['two strings where one belongs', OP.GET_PERMS, '/a\0/b\0', 'EINVAL'],
    ['no string where one belongs', OP.READ, '', 'EINVAL'],
    ['no NUL', OP.READ, '/a', 'EINVAL'],
    ['a value without a path', OP.WRITE, '/a', 'EINVAL'],
    ['a bad path', OP.MKDIR, '/a//b\0', 'EINVAL'],
    ['the root to be removed', OP.RM, '/\0', 'EINVAL'],
    ['a bad permission', OP.SET_PERMS, '/a\0x5\0', 'EINVAL'],
    ['no permission', OP.SET_PERMS, '/a\0', 'EINVAL'],
    ['a watch without a token', OP.WATCH, '/a\0', 'EINVAL'],
    ['a watch to end that is none', OP.UNWATCH, '/a\0t\0', 'ENOENT'],
    ['a transaction to end without one', OP.TRANSACTION_END, 'T\0', 'ENOENT'],
    ['an unknown type', 99, '', 'ENOSYS'],
    ['a reply', OP.ERROR, 'ENOENT\0', 'ENOSYS'],
    ['a domid that is none', OP.RELEASE, 'seven\0', 'EINVAL'],
    ['a frame that is none', OP.INTRODUCE, ['3', '-1', '2', ''].join('\0'), 'EINVAL'],
    ['an offset that is none', OP.DIRECTORY_PART, '/\0-1\0', 'EINVAL'],
  ])('is refused %s', async (_what, op, payload, errno) => {
    const { server } = await served();
    expect(await ask(server.path, op, payload)).toEqual([OP.ERROR, `${errno}\0`]);
  });

  it('cannot use the transactions of others, or start one in one', async () => {
    const { server, client } = await served();
    const transaction = await client.startTransaction();
    expect(await ask(server.path, OP.READ, '/\0', transaction.id)).toEqual([OP.ERROR, 'ENOENT\0']);
    expect(await ask(server.path, OP.TRANSACTION_END, 'T\0', transaction.id)).toEqual([OP.ERROR, 'ENOENT\0']);
    const { socket, heard } = await raw(server.path);
    socket.write(frame(OP.TRANSACTION_START, 1, 0, '\0'));
    await until(() => heard().length > 16);
    socket.write(frame(OP.TRANSACTION_START, 2, Number(heard().toString('latin1', 16, heard().length - 1)), '\0'));
    await until(() => heard().includes('EBUSY'));
    await transaction.commit();
  });

  it('that watches the same twice is told', async () => {
    const { server } = await served();
    const { socket, heard } = await raw(server.path);
    socket.write(Buffer.concat([frame(OP.WATCH, 1, 0, '/a\0t\0'), frame(OP.WATCH, 2, 0, '/a\0t\0')]));
    await until(() => heard().includes('EEXIST'));
    expect(heard().readUInt32LE(0)).toBe(OP.WATCH);
  });

  it('that resets loses its watches and transactions', async () => {
    const store = new MemoryStore();
    const { server } = await served({}, store);
    const { socket } = await raw(server.path);
    socket.write(Buffer.concat([frame(OP.WATCH, 1, 0, '/a\0t\0'), frame(OP.TRANSACTION_START, 2, 0, '\0')]));
    await until(() => store.watches === 1 && store.openTransactions === 1);
    socket.write(frame(OP.RESET_WATCHES, 3, 0, '\0'));
    await until(() => store.watches === 0 && store.openTransactions === 0);
  });

  it('that goes leaves no watch and no transaction behind', async () => {
    const store = new MemoryStore();
    const { client, server } = await served({}, store);
    await client.watch('/a');
    await client.startTransaction();
    expect([store.watches, store.openTransactions, server.connections]).toEqual([1, 1, 1]);
    client.close();
    await until(() => server.connections === 0 && store.watches === 0 && store.openTransactions === 0);
  });

  it('that announces more than 4096 bytes is dropped', async () => {
    const { server } = await served();
    const { socket, closed } = await raw(server.path);
    socket.write(frame(OP.WRITE, 1, 0, '', 4097));
    await closed;
  });

  it('that asks and never listens is not read any further', async () => {
    const { server, client } = await served();
    await client.write('/big', 'x'.repeat(4000));
    const socket = connect(server.path);
    cleanUp(() => {
      socket.destroy();
    });
    const requests = Buffer.concat(Array.from({ length: 1000 }, (_, index) => frame(OP.READ, index, 0, '/big\0')));
    let taken = 0;
    for (let round = 0; round < 60; round += 1) socket.write(requests, () => (taken += 1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(taken).toBeLessThan(30);
    expect(await client.read('/big')).toHaveLength(4000);
    let heard = 0;
    socket.on('data', (chunk: Buffer) => (heard += chunk.length));
    await until(() => heard === 60_000 * 4016);
  });

  it('that watches and never listens is dropped in the end', async () => {
    const { server, client } = await served();
    const { socket, heard, closed } = await raw(server.path);
    socket.write(frame(OP.WATCH, 1, 0, '/a\0token\0'));
    await until(() => heard().includes('token'));
    socket.pause();
    for (let round = 0; round < 3000 && server.connections === 2; round += 1) {
      await client.batch([{ op: 'write', path: `/a/${'x'.repeat(1900)}`, value: '' }]);
    }
    expect(server.connections).toBe(1);
    socket.resume();
    await closed;
  });
});

describe('the socket', () => {
  it('is for its owner alone unless more is asked for', async () => {
    const { server } = await served();
    expect((await stat(server.path)).mode & 0o777).toBe(0o600);
    const { server: open } = await served({ mode: 0o666 });
    expect((await stat(open.path)).mode & 0o777).toBe(0o666);
  });

  it('is gone after close, and its clients with it', async () => {
    const { server, client } = await served();
    const read = failure(client.watch('/a').then((watch) => watch.next().then(() => watch.next())));
    await client.mkdir('/x');
    await server.close();
    expect(await read).toHaveProperty('message');
    await expect(stat(server.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a dead server is replaced', async () => {
    const path = await place();
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once('listening', resolve));
    // Closing would remove the socket; a killed server leaves it.
    await rename(path, `${path}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    await rename(`${path}.kept`, path);
    const { client } = await served({ path });
    await client.mkdir('/a');
  });

  it('of a living server is left alone', async () => {
    const { server, client } = await served();
    expect(await failure(serveStore(new MemoryStore(), { path: server.path }))).toMatchObject({
      code: 'XENSTORE_LISTEN',
      message: expect.stringContaining('another program listens'),
    });
    await client.mkdir('/still-there');
  });

  it('does not take the place of a file or a link', async () => {
    const path = await place();
    await writeFile(path, 'precious');
    expect(await failure(serveStore(new MemoryStore(), { path }))).toMatchObject({ code: 'XENSTORE_LISTEN' });
    expect((await stat(path)).size).toBe(8);
    const link = `${path}.link`;
    await symlink('/nonexistent', link);
    expect(await failure(serveStore(new MemoryStore(), { path: link }))).toMatchObject({ code: 'XENSTORE_LISTEN' });
    expect(await failure(serveStore(new MemoryStore(), { path: '/nonexistent/dir/s' }))).toMatchObject({
      code: 'XENSTORE_LISTEN',
    });
  });
});
