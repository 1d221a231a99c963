import { describe, expect, it } from '@jest/globals';
import { OP } from '../src/operations.js';
import type { Peer, Received, Script } from './support/fake-daemon.js';
import { failure, scripted } from './support/use.js';

const START = OP.TRANSACTION_START;
const END = OP.TRANSACTION_END;

/** Starts transactions 1, 2, …, and ends them as `end` says. */
function daemonWith(end: (request: Received, peer: Peer) => void, other?: Script): Script {
  let last = 0;
  return (request, peer, connection) => {
    if (request.op === START) peer.reply(request, `${(last += 1)}\0`);
    else if (request.op === END) end(request, peer);
    else if (other === undefined) peer.reply(request, 'OK\0');
    else other(request, peer, connection);
  };
}
const commits = (): Script =>
  daemonWith((request, peer) => {
    peer.reply(request, 'OK\0');
  });
const conflicts = (): Script =>
  daemonWith((request, peer) => {
    peer.refuse(request, 'EAGAIN');
  });

describe('a transaction', () => {
  it('carries its number in every request and is committed', async () => {
    const { daemon, client } = await scripted(commits());
    const answer = await client.transaction(async (transaction) => {
      await transaction.write('/a', '1');
      await transaction.batch([
        { op: 'mkdir', path: '/b', permissions: ['n0'] },
        { op: 'read', path: '/c' },
      ]);
      return 42;
    });
    expect(answer).toBe(42);
    expect(daemon.received.map(({ op, tx }) => [op, tx])).toEqual([
      [START, 0],
      [OP.WRITE, 1],
      [OP.MKDIR, 1],
      [OP.SET_PERMS, 1],
      [OP.READ, 1],
      [END, 1],
    ]);
    expect(daemon.received.at(-1)?.strings).toEqual(['T']);
  });

  it('is done anew where another client was in between', async () => {
    let ends = 0;
    const { daemon, client } = await scripted(
      daemonWith((request, peer) => {
        if ((ends += 1) < 3) peer.refuse(request, 'EAGAIN');
        else peer.reply(request, 'OK\0');
      }),
    );
    let bodies = 0;
    await client.transaction(async (transaction) => {
      bodies += 1;
      await transaction.write('/a', String(bodies));
    });
    expect(bodies).toBe(3);
    expect(daemon.received.filter(({ op }) => op === OP.WRITE).map(({ tx }) => tx)).toEqual([1, 2, 3]);
  });

  it('is done so often and no more', async () => {
    const { daemon, client } = await scripted(conflicts());
    expect(await failure(client.transaction(async () => undefined, { attempts: 4 }))).toMatchObject({
      code: 'XENSTORE_TRANSACTION_CONFLICT',
      errno: 'EAGAIN',
      data: { attempts: 4 },
    });
    expect(daemon.received.filter(({ op }) => op === START)).toHaveLength(4);
    expect(await failure(client.transaction(async () => undefined, { attempts: 0 }))).toMatchObject({
      name: 'TypeError',
    });
  });

  it('is thrown away where its body fails, and the error is passed on', async () => {
    const { daemon, client } = await scripted(commits());
    const why = new RangeError('mine');
    await expect(client.transaction(() => Promise.reject(why))).rejects.toBe(why);
    expect(daemon.received.at(-1)).toMatchObject({ op: END, tx: 1, strings: ['F'] });
  });

  it('is thrown away where a request of it fails', async () => {
    const { daemon, client } = await scripted(
      daemonWith(
        (request, peer) => {
          peer.reply(request, 'OK\0');
        },
        (request, peer) => {
          peer.refuse(request, 'EACCES');
        },
      ),
    );
    const body = client.transaction((transaction) => transaction.batch([{ op: 'write', path: '/a', value: '' }]));
    expect(await failure(body)).toMatchObject({ code: 'XENSTORE_ACCES' });
    expect(daemon.received.at(-1)).toMatchObject({ op: END, strings: ['F'] });
  });

  it('passes on what its end fails with', async () => {
    const { client } = await scripted(
      daemonWith((request, peer) => {
        peer.refuse(request, 'ENOSPC');
      }),
    );
    expect(await failure(client.transaction(async () => undefined))).toMatchObject({ code: 'XENSTORE_NOSPC' });
  });

  it('ends once', async () => {
    const { daemon, client } = await scripted(commits());
    const transaction = await client.startTransaction();
    expect(transaction.id).toBe(1);
    await transaction.abort();
    for (const use of [() => transaction.commit(), () => transaction.abort(), () => transaction.read('/a')]) {
      expect(await failure(use())).toMatchObject({ name: 'TypeError' });
    }
    expect(await failure(transaction.batch([{ op: 'read', path: '/a' }]))).toMatchObject({ name: 'TypeError' });
    expect(daemon.received).toHaveLength(2);
  });

  it('is lost with its connection, whatever of it is under way', async () => {
    const { client } = await scripted(
      daemonWith(
        () => undefined,
        (_request, peer) => {
          peer.socket.destroy();
        },
      ),
      { reconnect: { firstDelayMs: 1 } },
    );
    const transaction = await client.startTransaction();
    const batch = failure(transaction.batch([{ op: 'write', path: '/a', value: '' }]));
    expect(await failure(transaction.write('/b', ''))).toMatchObject({
      code: 'XENSTORE_TRANSACTION_LOST',
      data: { path: '/b' },
    });
    expect(await batch).toMatchObject({ code: 'XENSTORE_TRANSACTION_LOST', data: { path: '/a' } });
    await client.startTransaction();
    expect(await failure(transaction.read('/c'))).toMatchObject({ code: 'XENSTORE_TRANSACTION_LOST' });
    expect(await failure(transaction.commit())).toMatchObject({ code: 'XENSTORE_TRANSACTION_LOST' });
  });

  it('that the signal stops is thrown away', async () => {
    const { daemon, client } = await scripted(
      daemonWith(
        (request, peer) => {
          peer.reply(request, 'OK\0');
        },
        () => undefined,
      ),
    );
    const control = new AbortController();
    const body = failure(
      client.transaction(
        async (transaction) => {
          setTimeout(() => {
            control.abort();
          }, 5);
          await transaction.read('/never');
        },
        { signal: control.signal },
      ),
    );
    expect(await body).toMatchObject({ code: 'ABORTED', data: { path: '/never' } });
    expect(daemon.received.at(-1)).toMatchObject({ op: END, strings: ['F'] });
  });

  it('that the signal stops before its commit is not committed', async () => {
    const { daemon, client } = await scripted(commits());
    const control = new AbortController();
    const options = { signal: control.signal };
    const stopped = client.transaction(async () => {
      control.abort();
    }, options);
    expect(await failure(stopped)).toMatchObject({ code: 'ABORTED' });
    expect(daemon.received.at(-1)).toMatchObject({ op: END, strings: ['F'] });
  });

  it('that starts after it was given up is thrown away', async () => {
    const waiting: (() => void)[] = [];
    const { daemon, client } = await scripted((request, peer) => {
      if (request.op === START)
        waiting.push(() => {
          peer.reply(request, '9\0');
        });
      else peer.reply(request, 'OK\0');
    });
    const control = new AbortController();
    const given = failure(client.startTransaction({ signal: control.signal }));
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    control.abort();
    expect(await given).toMatchObject({ code: 'ABORTED' });
    waiting[0]?.();
    while (daemon.received.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(daemon.received[1]).toMatchObject({ op: END, tx: 9, strings: ['F'] });
  });

  it('that the signal stops between two attempts is not begun anew', async () => {
    const { daemon, client } = await scripted(conflicts());
    const control = new AbortController();
    let bodies = 0;
    const body = client.transaction(
      async () => {
        if ((bodies += 1) === 3)
          setImmediate(() => {
            control.abort();
          });
      },
      { signal: control.signal, attempts: 1000 },
    );
    expect(await failure(body)).toMatchObject({ code: 'ABORTED' });
    expect(daemon.received.filter(({ op }) => op === START).length).toBeLessThan(6);
  });
});
