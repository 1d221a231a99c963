import { describe, expect, it } from '@jest/globals';
import { OP } from '../src/operations.js';
import type { Script } from './support/fake-daemon.js';
import { failure, lost, scripted } from './support/use.js';

const daemonThat: (dies: (path: string | undefined) => boolean) => Script = (dies) => (request, peer) => {
  const [path, token] = request.strings;
  if (dies(path)) {
    peer.socket.destroy();
    return;
  }
  peer.reply(request, request.op === OP.READ ? 'value' : 'OK\0');
  if (request.op === OP.WATCH) peer.send(OP.WATCH_EVENT, 0, 0, `${path ?? ''}\0${token ?? ''}\0`);
};
const quick = { firstDelayMs: 1, longestDelayMs: 20, attempts: 20 };

describe('a lost connection', () => {
  it('is made anew: requests under way fail, later ones wait', async () => {
    const { daemon, client } = await scripted(
      daemonThat((path) => path === '/kill'),
      { reconnect: quick },
    );
    const killed = failure(client.read('/kill'));
    const along = failure(client.write('/along', ''));
    expect(await killed).toMatchObject({ code: 'XENSTORE_DISCONNECTED', data: { sent: true } });
    expect(await along).toMatchObject({ code: 'XENSTORE_DISCONNECTED', data: { path: '/along', sent: true } });
    expect(await Promise.all([client.read('/a'), client.readMaybe('/b')])).toEqual(['value', 'value']);
    expect(daemon.peers).toHaveLength(2);
  });

  it('brings watches along, which tell of it', async () => {
    const { daemon, client } = await scripted(
      daemonThat((path) => path === '/kill'),
      { reconnect: quick },
    );
    const watch = await client.watch('/a');
    expect((await watch.next()).value?.cause).toBe('change');
    const next = watch.next();
    await failure(client.read('/kill'));
    expect((await next).value).toEqual({ path: '/a', token: watch.token, cause: 'reconnect' });
    await client.read('/a');
    const second = daemon.received.filter((_, index) => index > 1);
    expect(second.map(({ op, strings }) => [op, strings])).toEqual([
      [OP.WATCH, ['/a', watch.token]],
      [OP.READ, ['/a']],
    ]);
    daemon.peers[1]?.send(OP.WATCH_EVENT, 0, 0, `/a/x\0${watch.token}\0`);
    expect((await watch.next()).value?.path).toBe('/a');
    expect((await watch.next()).value?.path).toBe('/a/x');
  });

  it('ends a watch that the next daemon refuses', async () => {
    let watches = 0;
    const { client } = await scripted(
      (request, peer) => {
        if (request.op === OP.READ) peer.socket.destroy();
        else if (request.op === OP.WATCH && (watches += 1) > 1) peer.refuse(request, 'E2BIG');
        else peer.reply(request, 'OK\0');
      },
      { reconnect: quick },
    );
    const watch = await client.watch('/a');
    await failure(client.read('/kill'));
    expect((await watch.next()).value?.cause).toBe('reconnect');
    await expect(watch.next()).rejects.toMatchObject({ code: 'XENSTORE_TOO_BIG' });
  });

  it('is tried until the daemon is back', async () => {
    const { daemon, client } = await scripted(
      daemonThat(() => false),
      { reconnect: quick },
    );
    await lost(client, () => daemon.stop());
    const read = client.read('/a');
    setTimeout(() => void daemon.start(), 40);
    expect(await read).toBe('value');
  });

  it('is given up after so many tries', async () => {
    const { daemon, client } = await scripted(
      daemonThat(() => false),
      {
        reconnect: { firstDelayMs: 1, attempts: 3 },
      },
    );
    const watch = await client.watch('/a');
    await watch.next();
    await lost(client, () => daemon.stop());
    expect(await failure(client.read('/a'))).toMatchObject({
      code: 'XENSTORE_DISCONNECTED',
      data: { sent: false },
      cause: { code: 'XENSTORE_CONNECT' },
    });
    await expect(watch.next()).rejects.toMatchObject({ code: 'XENSTORE_CONNECT' });
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
  });

  it('to a daemon that breaks the protocol is not made anew', async () => {
    const { daemon, client } = await scripted(
      (request, peer) => {
        peer.send(OP.WRITE, request.id, 0, 'OK\0');
      },
      { reconnect: quick },
    );
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_PROTOCOL' });
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(daemon.peers).toHaveLength(1);
  });

  it('stays lost where the client is closed meanwhile', async () => {
    const { daemon, client } = await scripted(
      daemonThat(() => false),
      { reconnect: { firstDelayMs: 30 } },
    );
    await lost(client, () => daemon.peers[0]?.socket.destroy());
    const waiting = failure(client.read('/a'));
    client.close();
    expect(await waiting).toMatchObject({ code: 'XENSTORE_CLOSED' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(daemon.peers).toHaveLength(1);
  });

  it('can be waited for no longer than the signal says', async () => {
    const { daemon, client } = await scripted(
      daemonThat(() => false),
      { reconnect: { firstDelayMs: 1000 } },
    );
    await lost(client, () => daemon.peers[0]?.socket.destroy());
    const signal = AbortSignal.timeout(20);
    expect(await failure(client.read('/a', { signal }))).toMatchObject({ code: 'ABORTED', call: 'READ' });
  });

  it('is lost for good where nothing was said of it', async () => {
    const { daemon, client } = await scripted(daemonThat((path) => path === '/kill'));
    await failure(client.read('/kill'));
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
    expect(daemon.peers).toHaveLength(1);
  });
});
