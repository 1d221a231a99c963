import { describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../src/index.js';
import { OP } from '../src/operations.js';
import type { Peer, Script } from './support/fake-daemon.js';
import { failure, scripted } from './support/use.js';

/** Acknowledges watches and fires them once, as daemons do; keeps the path, token and peer of each. */
function firing(): { script: Script; watches: { path: string; token: string; peer: Peer }[] } {
  const watches: { path: string; token: string; peer: Peer }[] = [];
  return {
    watches,
    script: (request, peer) => {
      peer.reply(request, 'OK\0');
      const [path = '', token = ''] = request.strings;
      if (request.op !== OP.WATCH) return;
      watches.push({ path, token, peer });
      peer.send(OP.WATCH_EVENT, 0, 0, `${path}\0${token}\0`);
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a watch', () => {
  it('is taken by the daemon, and fires at once', async () => {
    const { script } = firing();
    const { daemon, client } = await scripted(script);
    const watch = await client.watch('/a');
    expect(daemon.received).toMatchObject([{ op: OP.WATCH, tx: 0, strings: ['/a', watch.token] }]);
    expect(await watch.next()).toEqual({ done: false, value: { path: '/a', token: watch.token, cause: 'change' } });
  });

  it('gets the events of its own token', async () => {
    const { script, watches } = firing();
    const { client } = await scripted(script);
    const first = await client.watch('/a');
    const second = await client.watch('/a');
    expect(first.token).not.toBe(second.token);
    await Promise.all([first.next(), second.next()]);
    watches[0]?.peer.send(OP.WATCH_EVENT, 0, 0, `/a/2\0${second.token}\0`);
    watches[0]?.peer.send(OP.WATCH_EVENT, 0, 0, `/a/1\0${first.token}\0`);
    expect((await first.next()).value?.path).toBe('/a/1');
    expect((await second.next()).value?.path).toBe('/a/2');
  });

  it('ends with its loop, and the daemon is told', async () => {
    const { script } = firing();
    const { daemon, client } = await scripted(script);
    const seen: WatchEvent[] = [];
    const watch = await client.watch('@releaseDomain');
    for await (const event of watch) {
      seen.push(event);
      break;
    }
    expect(seen).toHaveLength(1);
    expect(daemon.received.at(-1)).toMatchObject({ op: OP.UNWATCH, strings: ['@releaseDomain', watch.token] });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    await watch.close();
    expect(daemon.received).toHaveLength(2);
  });

  it('passes over events that come after its end', async () => {
    const { script, watches } = firing();
    const { client } = await scripted(script);
    await (await client.watch('/a')).close();
    watches[0]?.peer.send(OP.WATCH_EVENT, 0, 0, `/a\0${watches[0].token}\0`);
    await client.mkdir('/still-works');
  });

  it('tells nothing outside its path', async () => {
    const { script, watches } = firing();
    const { client } = await scripted(script);
    const watch = await client.watch('/local/domain/3');
    await watch.next();
    watches[0]?.peer.send(OP.WATCH_EVENT, 0, 0, `/local/domain/31/name\0${watch.token}\0`);
    expect((await watch.next()).value?.path).toBe('/local/domain/3');
  });

  it('that is refused rejects', async () => {
    const { client } = await scripted((request, peer) => {
      peer.refuse(request, 'EACCES');
    });
    expect(await failure(client.watch('/a'))).toMatchObject({ code: 'XENSTORE_ACCES', data: { path: '/a' } });
    expect(await failure(client.watch('/a/'))).toMatchObject({ code: 'XENSTORE_PATH_INVALID' });
    expect(await failure(client.watch('/a', { capacity: 0 }))).toMatchObject({ name: 'TypeError' });
  });

  it('says when it could not keep up', async () => {
    const { script, watches } = firing();
    const { client } = await scripted(script);
    const watch = await client.watch('/a', { capacity: 10 });
    for (let index = 0; index < 100; index += 1) {
      watches[0]?.peer.send(OP.WATCH_EVENT, 0, 0, `/a/${index}\0${watch.token}\0`);
    }
    // Its answer comes behind them.
    await client.mkdir('/behind');
    expect((await watch.next()).value).toMatchObject({ cause: 'overflow', path: '/a' });
  });

  it('throws when the connection is lost, after what had come', async () => {
    const { script, watches } = firing();
    const { client } = await scripted(script);
    const watch = await client.watch('/a');
    const waiting = await client.watch('/b');
    await waiting.next();
    const next = failure(waiting.next());
    watches[0]?.peer.socket.destroy();
    expect(await next).toMatchObject({
      code: 'XENSTORE_DISCONNECTED',
      message: expect.stringContaining('closed the connection'),
    });
    expect((await watch.next()).value?.path).toBe('/a');
    await expect(watch.next()).rejects.toThrow(/closed the connection/);
  });

  it('ends with the client', async () => {
    const { script } = firing();
    const { client } = await scripted(script);
    const watch = await client.watch('/a');
    await watch.next();
    const next = watch.next();
    client.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('ends with its signal, and the daemon is told', async () => {
    const { script } = firing();
    const { daemon, client } = await scripted(script);
    const control = new AbortController();
    const watch = await client.watch('/a', { signal: control.signal });
    await watch.next();
    const next = watch.next();
    control.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await until(() => daemon.received.length === 2);
    expect(daemon.received.at(-1)?.op).toBe(OP.UNWATCH);
  });

  it('that was given up before the daemon took it is taken back', async () => {
    const waiting: (() => void)[] = [];
    const { daemon, client } = await scripted((request, peer) => {
      if (request.op === OP.WATCH)
        waiting.push(() => {
          peer.reply(request, 'OK\0');
        });
      else peer.reply(request, 'OK\0');
    });
    const control = new AbortController();
    const given = failure(client.watch('/a', { signal: control.signal }));
    await until(() => waiting.length === 1);
    control.abort();
    expect(await given).toMatchObject({ code: 'ABORTED' });
    waiting[0]?.();
    await until(() => daemon.received.length === 2);
    expect(daemon.received.map(({ op }) => op)).toEqual([OP.WATCH, OP.UNWATCH]);
    expect(await failure(client.watch('/a', { signal: control.signal }))).toMatchObject({ code: 'ABORTED' });
  });
});
