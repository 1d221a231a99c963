import { describe, expect, it } from '@jest/globals';
import { OP } from '../src/operations.js';
import { frame } from './support/fake-daemon.js';
import type { Script } from './support/fake-daemon.js';
import { failure, scripted } from './support/use.js';

const names = Array.from({ length: 3000 }, (_, index) => `uuid-${index}`);
const list = Buffer.from(names.map((name) => `${name}\0`).join(''));

/** The C daemon's way: E2BIG, and then parts of at most `size` bytes, of generation `generation()`. */
function inParts(generation: () => number, size = 4000): Script {
  return (request, peer) => {
    if (request.op === OP.DIRECTORY) {
      peer.refuse(request, 'E2BIG');
      return;
    }
    const from = Number(request.strings[1]);
    const end = from + size >= list.length ? list.length : list.lastIndexOf(0, from + size - 1) + 1;
    const tail = end === list.length ? Buffer.from([0]) : Buffer.alloc(0);
    peer.reply(request, Buffer.concat([Buffer.from(`${generation()}\0`), list.subarray(from, end), tail]));
  };
}

describe('a large directory', () => {
  it('is read in parts', async () => {
    const { daemon, client } = await scripted(inParts(() => 1));
    expect(await client.directory('/vm')).toEqual(names);
    expect(daemon.received[1]).toMatchObject({ op: OP.DIRECTORY_PART, strings: ['/vm', '0'] });
    expect(daemon.received.length).toBeGreaterThan(7);
  });

  it('is read anew where it changed meanwhile', async () => {
    let asked = 0;
    const { client } = await scripted(inParts(() => ((asked += 1) < 3 ? asked : 3)));
    expect(await client.directory('/vm')).toEqual(names);
  });

  it('that never holds still is given up', async () => {
    let asked = 0;
    const { daemon, client } = await scripted(inParts(() => (asked += 1)));
    expect(await failure(client.directory('/vm'))).toMatchObject({
      code: 'XENSTORE_DIRECTORY_CHANGING',
      data: { path: '/vm' },
    });
    expect(daemon.received).toHaveLength(33);
  });

  it('that never ends is given up', async () => {
    const { client } = await scripted(
      (request, peer) => {
        if (request.op === OP.DIRECTORY) peer.refuse(request, 'E2BIG');
        else peer.reply(request, `1\0${'a'.repeat(1000)}\0`);
      },
      { maxDirectoryBytes: 10_000 },
    );
    expect(await failure(client.directory('/vm'))).toMatchObject({ code: 'XENSTORE_TOO_BIG', errno: 'E2BIG' });
  });

  it('without an end and without names is no answer', async () => {
    const { client } = await scripted((request, peer) => {
      if (request.op === OP.DIRECTORY) peer.refuse(request, 'E2BIG');
      else peer.reply(request, '1\0');
    });
    expect(await failure(client.directory('/vm'))).toMatchObject({ code: 'XENSTORE_PROTOCOL' });
  });

  it('is too big where the daemon has no parts', async () => {
    const { client } = await scripted((request, peer) => {
      peer.refuse(request, request.op === OP.DIRECTORY ? 'E2BIG' : 'ENOSYS');
    });
    expect(await failure(client.directory('/vm'))).toMatchObject({ code: 'XENSTORE_TOO_BIG', call: 'DIRECTORY' });
  });

  it('is taken in one oversized frame, as oxenstored sends it', async () => {
    const { client } = await scripted((request, peer) => {
      peer.reply(request, list);
    });
    expect(list.length).toBeGreaterThan(20_000);
    expect(await client.directory('/vm')).toEqual(names);
  });

  it('is not taken beyond the bound', async () => {
    const { client } = await scripted(
      (request, peer) => {
        peer.reply(request, list);
      },
      { maxDirectoryBytes: 20_000 },
    );
    expect(await failure(client.directory('/vm'))).toMatchObject({ code: 'XENSTORE_PROTOCOL' });
  });

  it('is no way to pass other replies beyond 4096 bytes', async () => {
    const { client } = await scripted((request, peer) => {
      if (request.op === OP.READ) peer.socket.write(frame(OP.DIRECTORY, request.id, 0, list));
    });
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_PROTOCOL' });
  });
});
