import { describe, expect, it } from '@jest/globals';
import type { BatchOperation } from '../src/index.js';
import { OP } from '../src/operations.js';
import { failure, scripted } from './support/use.js';

describe('a batch', () => {
  it('leaves in one write and answers entry by entry', async () => {
    const { daemon, client } = await scripted((request, peer) => {
      const payload = { [OP.READ]: 'v', [OP.DIRECTORY]: 'a\0b\0', [OP.GET_PERMS]: 'r3\0' }[request.op];
      peer.reply(request, payload ?? 'OK\0');
    });
    const answers = await client.batch([
      { op: 'write', path: '/a', value: '1', permissions: ['n0', 'r5'] },
      { op: 'mkdir', path: '/b', permissions: ['b5'] },
      { op: 'write', path: '/c', value: new Uint8Array([0, 255]) },
      { op: 'rm', path: '/d' },
      { op: 'setPerms', path: '/e', permissions: ['n0'] },
      { op: 'read', path: '/f' },
      { op: 'directory', path: '/g' },
      { op: 'getPerms', path: '/h' },
    ]);
    const value: string | undefined = answers[5];
    expect(value).toBe('v');
    expect(answers).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'v',
      ['a', 'b'],
      [{ domid: 3, read: true, write: false }],
    ]);
    expect(daemon.chunks).toHaveLength(1);
    expect(daemon.received.map(({ op, payload }) => [op, payload.toString('latin1')])).toEqual([
      [OP.WRITE, '/a\x001'],
      [OP.SET_PERMS, '/a\0n0\0r5\0'],
      [OP.MKDIR, '/b\0'],
      [OP.SET_PERMS, '/b\0b5\0'],
      [OP.WRITE, '/c\0\0\xff'],
      [OP.RM, '/d\0'],
      [OP.SET_PERMS, '/e\0n0\0'],
      [OP.READ, '/f\0'],
      [OP.DIRECTORY, '/g\0'],
      [OP.GET_PERMS, '/h\0'],
    ]);
  });

  it('of nothing sends nothing', async () => {
    const { daemon, client } = await scripted();
    expect(await client.batch([])).toEqual([]);
    expect(await client.transaction((transaction) => transaction.batch([])).catch(() => 'no transaction')).toBe(
      'no transaction',
    );
    expect(daemon.received).toHaveLength(1);
  });

  it('sends nothing where one entry is not valid', async () => {
    const { daemon, client } = await scripted();
    const bad: BatchOperation[][] = [
      [{ op: 'rm', path: '/a/' }],
      [{ op: 'rm', path: 'relative' }],
      [{ op: 'write', path: '/a', value: 'x'.repeat(4096) }],
      [{ op: 'write', path: '/a', value: '', permissions: [] }],
      [{ op: 'rename', path: '/a' } as unknown as BatchOperation],
    ];
    for (const operations of bad) {
      const all = [{ op: 'write', path: '/good', value: '' } as const, ...operations];
      expect(await failure(client.batch(all))).toHaveProperty('message');
    }
    await client.mkdir('/end');
    expect(daemon.received.map(({ op }) => op)).toEqual([OP.MKDIR]);
  });

  it('passes over nodes that are not there, where it only looks or removes', async () => {
    const { client } = await scripted((request, peer) => {
      peer.refuse(request, 'ENOENT');
    });
    const looks = (['read', 'directory', 'getPerms', 'rm'] as const).map((op) => ({ op, path: '/a' }));
    expect(await client.batch(looks)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await failure(client.batch([{ op: 'mkdir', path: '/a' }]))).toMatchObject({ code: 'XENSTORE_NOENT' });
  });

  it('tells the first failure, its entry, and how many there were, after all are answered', async () => {
    const { daemon, client } = await scripted((request, peer) => {
      if (request.strings[0] === '/bad') peer.refuse(request, 'EACCES');
      else
        setTimeout(() => {
          peer.reply(request, 'OK\0');
        }, 20);
    });
    const write = (path: string): BatchOperation => ({ op: 'write', path, value: '' });
    const error = await failure(client.batch([write('/good'), write('/bad'), write('/bad'), write('/last')]));
    expect(error).toMatchObject({
      code: 'XENSTORE_ACCES',
      errno: 'EACCES',
      call: 'WRITE',
      data: { op: 'WRITE', path: '/bad', index: 1, failures: 2 },
    });
    expect(daemon.received).toHaveLength(4);
  });

  it('is given up as a whole', async () => {
    const { client } = await scripted(() => undefined);
    const control = new AbortController();
    const operations = Array.from({ length: 50 }, (_, index) => ({ op: 'read', path: `/${index}` }) as const);
    const given = failure(client.batch(operations, { signal: control.signal }));
    setTimeout(() => {
      control.abort();
    }, 5);
    expect(await given).toMatchObject({ code: 'ABORTED', data: { failures: 50 } });
  });
});
