import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connectXenStore } from '../src/index.js';
import type { XenStoreClient } from '../src/index.js';
import { OP } from '../src/operations.js';
import { fakeDaemon, frame } from './support/fake-daemon.js';
import type { Script } from './support/fake-daemon.js';
import { callOf, cleanUp, failure, scripted } from './support/use.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of buffers that are held, not only not collected yet. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** What a read comes to with a daemon that does this. */
async function read(script: Script, timeoutMs = 20_000): Promise<Record<string, unknown>> {
  const { client } = await scripted(script, { timeoutMs });
  const first = failure(client.read('/a'));
  const second = failure(client.read('/b'));
  expect((await second)['code']).toBe((await first)['code']);
  expect(await failure(client.read('/c'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED', data: { sent: false } });
  return await first;
}

describe('a daemon that lies', () => {
  it.each<[string, Script, RegExp]>([
    [
      'sends a payload beyond 4096 bytes',
      (r, p) => p.socket.write(frame(2, r.id, 0, Buffer.alloc(4097))),
      /4097 bytes/,
    ],
    ['announces 4 GiB', (r, p) => p.socket.write(frame(2, r.id, 0, '', 0xffffffff)), /4294967295 bytes/],
    [
      'answers a request that was not made',
      (_, p) => {
        p.send(2, 99, 0, 'x');
      },
      /request 99/,
    ],
    [
      'answers request 0',
      (_, p) => {
        p.send(2, 0, 0, 'x');
      },
      /request 0/,
    ],
    [
      'answers what another asked',
      (r, p) => {
        p.send(3, r.id, 0, 'n0\0');
      },
      /READ by GET_PERMS/,
    ],
    [
      'answers by another type',
      (r, p) => {
        p.send(OP.WRITE, r.id, 0, 'OK\0');
      },
      /READ by WRITE/,
    ],
    [
      'answers by an unknown type',
      (r, p) => {
        p.send(77, r.id, 0, 'OK\0');
      },
      /READ by type 77/,
    ],
    [
      'answers in a transaction',
      (r, p) => {
        p.send(2, r.id, 7, 'x');
      },
      /transaction 7/,
    ],
    [
      'sends an error without a name',
      (r, p) => {
        p.send(16, r.id, 0, '');
      },
      /error reply/,
    ],
    [
      'sends an error without a NUL',
      (r, p) => {
        p.send(16, r.id, 0, 'ENOENT');
      },
      /error reply/,
    ],
    [
      'sends an error that is none',
      (r, p) => {
        p.send(16, r.id, 0, '\u001b[2J\0');
      },
      /error reply names "\\u001b\[2J/,
    ],
    [
      'sends a watch event without a token',
      (_, p) => {
        p.send(15, 0, 0, '/a\0');
      },
      /watch event/,
    ],
    [
      'sends a watch event without an end',
      (_, p) => {
        p.send(15, 0, 0, '/a\0tok');
      },
      /watch event/,
    ],
    ['talks another protocol', (_, p) => p.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), /type 1347703880/],
  ])('%s', async (_what, script, message) => {
    expect(await read(script)).toMatchObject({
      code: 'XENSTORE_PROTOCOL',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, keyof XenStoreClient, string]>([
    ['names with a slash', 'directory', '../x\0'],
    ['an empty name', 'directory', 'a\0\0'],
    ['a list without an end', 'directory', 'a\0b'],
    ['no permissions', 'getPerms', ''],
    ['strange permissions', 'getPerms', 'x0\0'],
    ['a transaction 0', 'startTransaction', '0\0'],
    ['a transaction beyond 32 bits', 'startTransaction', '4294967296\0'],
    ['a transaction in words', 'startTransaction', 'one\0'],
    ['neither yes nor no', 'isDomainIntroduced', 'maybe\0'],
    ['a path that is none', 'getDomainPath', '/local/domain/3;rm\0'],
  ])('answers with %s', async (_what, method, payload) => {
    const { client } = await scripted((request, peer) => {
      peer.reply(request, payload);
    });
    const argument = method === 'directory' || method === 'getPerms' ? '/a' : method === 'startTransaction' ? {} : 3;
    expect(await failure(callOf(client, method, argument))).toMatchObject({ code: 'XENSTORE_PROTOCOL' });
  });

  it('ends a second answer to the same request', async () => {
    const { client } = await scripted((request, peer) => {
      peer.reply(request, 'x');
      peer.reply(request, 'x');
    });
    expect(await client.read('/a')).toBe('x');
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
  });

  it('answers before it is asked', async () => {
    const daemon = await fakeDaemon();
    cleanUp(() => daemon.close());
    const client = await connectXenStore({ address: daemon.path });
    cleanUp(() => {
      client.close();
    });
    while (daemon.peers.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const [peer] = daemon.peers;
    const closed = new Promise((resolve) => peer?.socket.once('close', resolve));
    peer?.send(OP.READ, 1, 0, 'planted');
    await closed;
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
  });

  it('never answers', async () => {
    expect(await read(() => undefined, 200)).toMatchObject({
      code: 'XENSTORE_TIMEOUT',
      call: 'READ',
      data: { path: '/a', timeoutMs: 200 },
    });
  });

  it('answers half and falls silent', async () => {
    const half: Script = (request, peer) => {
      if (request.strings[0] === '/a') peer.socket.write(frame(2, request.id, 0, 'abc').subarray(0, 18));
    };
    expect(await read(half, 200)).toMatchObject({ code: 'XENSTORE_TIMEOUT' });
  });

  it('keeps talking without ever answering', async () => {
    let timer: NodeJS.Timeout | undefined;
    cleanUp(() => {
      clearInterval(timer);
    });
    expect(
      await read((_, peer) => {
        timer ??= setInterval(() => {
          if (!peer.socket.destroyed) peer.send(OP.WATCH_EVENT, 0, 0, '/a\0nobody\0');
        }, 10);
      }, 200),
    ).toMatchObject({ code: 'XENSTORE_TIMEOUT' });
  });

  it('does not make the client keep what nobody asked for', async () => {
    const event = frame(OP.WATCH_EVENT, 0, 0, `/a/${'x'.repeat(2000)}\0nobody\0`);
    const { client } = await scripted((request, peer) => {
      for (let count = 0; count < 10_000; count += 1) peer.socket.write(event);
      peer.reply(request, 'done');
    });
    const before = heldBytes();
    expect(await client.read('/a')).toBe('done');
    // What the daemon of this very process still holds is gone once it has been read.
    expect(heldBytes() - before).toBeLessThan(8 * 1024 * 1024);
  });

  it('gives a typed error and no hang, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        const daemon = await fakeDaemon((_, peer) => peer.socket.end(Buffer.from(bytes)));
        const client = await connectXenStore({ address: daemon.path, timeoutMs: 20_000 });
        try {
          const { code } = await failure(client.read('/a'));
          expect(['XENSTORE_PROTOCOL', 'XENSTORE_DISCONNECTED']).toContain(code);
        } finally {
          client.close();
          await daemon.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
