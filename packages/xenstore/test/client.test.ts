import { getEventListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { connectXenStore } from '../src/index.js';
import type { XenStoreClient } from '../src/index.js';
import { OP } from '../src/operations.js';
import { ok } from './support/fake-daemon.js';
import type { Peer, Received } from './support/fake-daemon.js';
import { callOf, cleanUp, failure, scripted } from './support/use.js';

const answer =
  (payload: string | Buffer) =>
  (request: Received, peer: Peer): void => {
    peer.reply(request, payload);
  };

describe('a request', () => {
  it.each<[keyof XenStoreClient, number, unknown[], string, string | Buffer, unknown]>([
    ['read', OP.READ, ['/a'], '/a\0', 'v\0w', 'v\0w'],
    ['readBytes', OP.READ, ['/a'], '/a\0', Buffer.from([0xff, 0]), Buffer.from([0xff, 0])],
    ['write', OP.WRITE, ['/a', 'grün'], '/a\0grün', 'OK\0', undefined],
    ['write', OP.WRITE, ['/a', ''], '/a\0', 'OK\0', undefined],
    ['mkdir', OP.MKDIR, ['/a'], '/a\0', 'OK\0', undefined],
    ['rm', OP.RM, ['/a'], '/a\0', 'OK\0', undefined],
    ['directory', OP.DIRECTORY, ['/'], '/\0', 'a\0b-1\0', ['a', 'b-1']],
    ['directory', OP.DIRECTORY, ['/'], '/\0', '', []],
    [
      'getPerms',
      OP.GET_PERMS,
      ['@releaseDomain'],
      '@releaseDomain\0',
      'n0\0',
      [{ domid: 0, read: false, write: false }],
    ],
    [
      'setPerms',
      OP.SET_PERMS,
      ['/a', ['n0', { domid: 3, read: true, write: true }]],
      '/a\0n0\0b3\0',
      'OK\0',
      undefined,
    ],
    ['introduce', OP.INTRODUCE, [3, 0xfeffcn, 2], ['3', '1044476', '2', ''].join('\0'), 'OK\0', undefined],
    ['release', OP.RELEASE, [3], '3\0', 'OK\0', undefined],
    ['resume', OP.RESUME, [3], '3\0', 'OK\0', undefined],
    ['getDomainPath', OP.GET_DOMAIN_PATH, [3], '3\0', '/local/domain/3\0', '/local/domain/3'],
    ['isDomainIntroduced', OP.IS_DOMAIN_INTRODUCED, [3], '3\0', 'T\0', true],
    ['isDomainIntroduced', OP.IS_DOMAIN_INTRODUCED, [3], '3\0', 'F\0', false],
  ])('%s goes out as type %d with its payload', async (method, op, args, payload, reply, result) => {
    const { daemon, client } = await scripted(answer(reply));
    expect(await callOf(client, method, ...args)).toEqual(result);
    expect(daemon.received).toMatchObject([{ op, tx: 0, payload: Buffer.from(payload) }]);
  });

  it('leaves with the others of its turn, in order, in one write', async () => {
    const { daemon, client } = await scripted();
    await Promise.all(Array.from({ length: 43 }, (_, index) => client.write(`/a/${index}`, 'x')));
    expect(daemon.chunks).toHaveLength(1);
    expect(daemon.received.map((request) => request.strings[0])).toEqual(
      Array.from({ length: 43 }, (_, index) => `/a/${index}`),
    );
    expect(new Set(daemon.received.map(({ id }) => id)).size).toBe(43);
  });

  it('gets its own reply, in whatever order they come', async () => {
    const waiting: Received[] = [];
    const { client } = await scripted((request, peer) => {
      if (waiting.push(request) < 3) return;
      for (const one of waiting.reverse()) peer.reply(one, `value of ${one.strings[0] ?? ''}`);
    });
    expect(await Promise.all(['/a', '/b', '/c'].map((path) => client.read(path)))).toEqual([
      'value of /a',
      'value of /b',
      'value of /c',
    ]);
  });

  it('fails with the errno, the request and the path', async () => {
    const { client } = await scripted((request, peer) => {
      peer.refuse(request, 'EACCES');
    });
    expect(await failure(client.write('/a/b', 'secret'))).toMatchObject({
      name: 'XenImageError',
      code: 'XENSTORE_ACCES',
      errno: 'EACCES',
      call: 'WRITE',
      data: { op: 'WRITE', path: '/a/b' },
      message: expect.not.stringContaining('secret'),
      hint: expect.stringContaining('xenstore-ls -p'),
    });
  });

  it('fails with the name of an errno that is not known', async () => {
    const { client } = await scripted((request, peer) => {
      peer.refuse(request, 'ENEWERRNO');
    });
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_FAILED', errno: 'ENEWERRNO' });
  });

  it('is not sent where it is not valid', async () => {
    const { daemon, client } = await scripted();
    expect(await failure(client.read('/a\0/b'))).toMatchObject({ code: 'XENSTORE_PATH_INVALID' });
    expect(await failure(client.getPerms('/a\0/b'))).toMatchObject({ code: 'XENSTORE_PATH_INVALID' });
    expect(await failure(client.read('name'))).toMatchObject({ code: 'XENSTORE_PATH_INVALID', call: 'READ' });
    expect(await failure(client.read('@releaseDomain'))).toMatchObject({ code: 'XENSTORE_PATH_INVALID' });
    expect(await failure(client.setPerms('/a', []))).toMatchObject({ code: 'XENSTORE_PERMISSIONS_INVALID' });
    expect(await failure(client.write('/a', 7 as unknown as string))).toMatchObject({ name: 'TypeError' });
    expect(await failure(client.introduce(3, -1, 1))).toMatchObject({ name: 'TypeError' });
    expect(await failure(client.release(0x7ff0))).toMatchObject({ name: 'TypeError' });
    await client.mkdir('/ok');
    expect(daemon.received).toHaveLength(1);
  });

  it('may have 4096 bytes of payload and no more', async () => {
    const { daemon, client } = await scripted();
    await client.write('/a', 'x'.repeat(4093));
    expect(daemon.received[0]?.payload).toHaveLength(4096);
    expect(await failure(client.write('/a', 'ü'.repeat(2047)))).toMatchObject({
      code: 'XENSTORE_PAYLOAD_TOO_BIG',
      data: { op: 'WRITE', path: '/a', bytes: 4097, limit: 4096 },
    });
    expect(daemon.received).toHaveLength(1);
  });

  it('for a node that does not exist answers undefined where that was asked for', async () => {
    const { client } = await scripted((request, peer) => {
      peer.refuse(request, 'ENOENT');
    });
    expect(await client.readMaybe('/a')).toBeUndefined();
    expect(await client.directoryMaybe('/a')).toBeUndefined();
    await expect(client.rm('/a')).resolves.toBeUndefined();
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_NOENT' });
    expect(await failure(client.mkdir('/a'))).toMatchObject({ code: 'XENSTORE_NOENT' });
  });
});

describe('the end of the connection', () => {
  it('rejects every request under way', async () => {
    const { client } = await scripted((request, peer) => {
      if (request.strings[0] === '/c') peer.socket.destroy();
    });
    const all = await Promise.all(['/a', '/b', '/c'].map((path) => failure(client.read(path))));
    expect(all).toMatchObject(
      ['/a', '/b', '/c'].map((path) => ({ code: 'XENSTORE_DISCONNECTED', data: { path, sent: true } })),
    );
    expect(await failure(client.read('/d'))).toMatchObject({
      code: 'XENSTORE_DISCONNECTED',
      data: { path: '/d', sent: false },
    });
  });

  it('within a frame is said', async () => {
    const { client } = await scripted((_request, peer) => {
      peer.socket.end(Buffer.from([2, 0, 0]));
    });
    const { cause } = await failure(client.read('/a'));
    expect(cause).toMatchObject({ message: expect.stringContaining('within a frame') });
  });

  it('by close rejects requests under way and later ones', async () => {
    const { client } = await scripted(() => undefined);
    const pending = [failure(client.read('/a')), failure(client.startTransaction())];
    client.close();
    expect(await Promise.all(pending)).toMatchObject([{ code: 'XENSTORE_CLOSED' }, { code: 'XENSTORE_CLOSED' }]);
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_CLOSED' });
    expect(await failure(client.watch('/a'))).toMatchObject({ code: 'XENSTORE_CLOSED' });
    client.close();
  });
});

describe('a signal', () => {
  it('that has fired already keeps the request from being sent', async () => {
    const { daemon, client } = await scripted();
    const signal = AbortSignal.abort('why');
    expect(await failure(client.write('/a', '1', { signal }))).toMatchObject({ code: 'ABORTED', cause: 'why' });
    expect(await failure(client.batch([{ op: 'rm', path: '/a' }], { signal }))).toMatchObject({ code: 'ABORTED' });
    await client.mkdir('/b');
    expect(daemon.received).toHaveLength(1);
  });

  it('that fires before the request has left takes it back', async () => {
    const { daemon, client } = await scripted();
    const control = new AbortController();
    const aborted = failure(client.write('/a', '1', { signal: control.signal }));
    const kept = client.mkdir('/b');
    control.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED', call: 'WRITE', data: { path: '/a' } });
    await kept;
    expect(daemon.received.map(({ op }) => op)).toEqual([OP.MKDIR]);
  });

  it('that fires later lets the reply pass unnoticed', async () => {
    let held: [Received, Peer] | undefined;
    const { client } = await scripted((request, peer) => {
      if (held === undefined) {
        held = [request, peer];
      } else {
        ok(...held);
        ok(request, peer);
      }
    });
    const control = new AbortController();
    const aborted = failure(client.write('/a', '1', { signal: control.signal }));
    while (held === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    control.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED' });
    await client.mkdir('/b');
  });
});

describe('a signal that never fires', () => {
  it('has no listener left afterwards', async () => {
    const { client } = await scripted((request, peer) => {
      if (request.strings[0] === '/kill') peer.socket.destroy();
      else if (request.strings[0] === '/bad') peer.refuse(request, 'EACCES');
      else peer.reply(request, 'OK\0');
    });
    const { signal } = new AbortController();
    const left = (): number => getEventListeners(signal, 'abort').length;
    const batch = (path: string): Promise<unknown> => client.batch([{ op: 'write', path, value: '' }], { signal });
    await client.write('/a', '', { signal });
    await batch('/a');
    await client.batch([], { signal });
    expect(await failure(client.write('/bad', '', { signal }))).toMatchObject({ code: 'XENSTORE_ACCES' });
    expect(await failure(client.write('relative', '', { signal }))).toMatchObject({ code: 'XENSTORE_PATH_INVALID' });
    expect(await failure(batch('/bad'))).toMatchObject({ code: 'XENSTORE_ACCES' });
    expect(await failure(batch('/kill'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
    expect(await failure(client.write('/a', '', { signal }))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
    expect(await failure(batch('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED', data: { sent: false } });
    expect(left()).toBe(0);
  });
});

describe('connecting', () => {
  it('says where no daemon is', async () => {
    expect(await failure(connectXenStore({ address: '/nowhere/socket' }))).toMatchObject({
      code: 'XENSTORE_CONNECT',
      errno: 'ENOENT',
      data: { address: '/nowhere/socket' },
      hint: expect.stringContaining('dom0'),
    });
  });

  it('says that a socket is dead, or is none', async () => {
    const { daemon } = await scripted();
    await writeFile(`${daemon.path}.txt`, '');
    expect(await failure(connectXenStore({ address: `${daemon.path}.txt` }))).toMatchObject({
      code: 'XENSTORE_CONNECT',
      errno: 'ECONNREFUSED',
    });
  });

  it('goes where XENSTORED_PATH says', async () => {
    const { daemon } = await scripted(answer('x'));
    const before = process.env['XENSTORED_PATH'];
    process.env['XENSTORED_PATH'] = daemon.path;
    cleanUp(() => {
      if (before === undefined) delete process.env['XENSTORED_PATH'];
      else process.env['XENSTORED_PATH'] = before;
    });
    const client = await connectXenStore();
    cleanUp(() => {
      client.close();
    });
    expect(client.address).toBe(daemon.path);
    expect(await client.read('/a')).toBe('x');
  });
});
