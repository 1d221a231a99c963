import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listenAt } from '../../src/service/listen.js';
import { isOwnPlace } from '../../src/service/place.js';

let directory: string;
let path: string;
let servers: Server[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-listen-'));
  path = join(directory, 'service');
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

function server(): Server {
  const made = createServer();
  servers.push(made);
  return made;
}

const umask = (mask: number): number => process.umask(mask);

describe('the socket of the service', () => {
  it('is for its owner alone, whatever the umask', async () => {
    const before = umask(0);
    try {
      await listenAt(server(), path);
    } finally {
      umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(isOwnPlace(path)).toBe(true);
  });

  it('takes the place of one that nobody listens at any more', async () => {
    const first = server();
    await listenAt(first, path);
    // Node removes the socket of a server that is closed; one whose process is killed stays.
    rmSync(join(directory, 'kept'), { force: true });
    const { linkSync } = await import('node:fs');
    linkSync(path, join(directory, 'kept'));
    await new Promise((resolve) => first.close(resolve));
    await listenAt(server(), join(directory, 'kept'));
  });

  it('is refused where a service listens', async () => {
    await listenAt(server(), path);
    await expect(listenAt(server(), path)).rejects.toMatchObject({ code: 'SERVICE_RUNNING' });
  });

  it('is left to a service that has more callers than it takes at once', async () => {
    const busy = `
      const { parentPort } = require('node:worker_threads');
      require('node:net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => {
        parentPort.postMessage('listening');
        // Until it is ended.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });`;
    const service = new Worker(busy, { eval: true });
    const callers: Socket[] = [];
    try {
      await new Promise((resolve) => service.once('message', resolve));
      const socket = statSync(path).ino;
      let full = false;
      while (!full) {
        const caller = connect(path);
        callers.push(caller);
        full = await new Promise<boolean>((resolve) => {
          caller.on('connect', () => {
            resolve(false);
          });
          caller.on('error', () => {
            resolve(true);
          });
        });
      }
      await expect(listenAt(server(), path)).rejects.toMatchObject({ code: 'SERVICE_RUNNING' });
      expect(statSync(path).ino).toBe(socket);
    } finally {
      for (const caller of callers) caller.destroy();
      await service.terminate();
    }
  });

  it('is refused where others can write, where no socket stands, and below what is no directory', async () => {
    writeFileSync(path, '');
    await expect(listenAt(server(), path)).rejects.toMatchObject({ code: 'SERVICE_SOCKET_UNSAFE' });
    symlinkSync(path, join(directory, 'link'));
    await expect(listenAt(server(), join(directory, 'link'))).rejects.toMatchObject({ code: 'SERVICE_SOCKET_UNSAFE' });
    await expect(listenAt(server(), join(path, 'below', 'service'))).rejects.toMatchObject({
      code: 'SERVICE_SOCKET_FAILED',
      errno: expect.stringMatching(/EEXIST|ENOTDIR/),
    });
    chmodSync(directory, 0o777);
    await expect(listenAt(server(), join(directory, 'new'))).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is refused where its path is longer than that of a socket can be, and stands at no shorter one', async () => {
    // What fits of it would be a socket beside the directory, wherever that is.
    const long = join(directory, 'x'.repeat(130 - directory.length));
    mkdirSync(long, { mode: 0o700 });
    const there = readdirSync(directory);
    await expect(listenAt(server(), join(long, 'service'))).rejects.toMatchObject({
      code: 'SERVICE_SOCKET_FAILED',
      errno: 'ENAMETOOLONG',
    });
    expect(readdirSync(directory)).toEqual(there);
    expect(isOwnPlace(join(long, 'service'))).toBe(false);
    const longest = join(directory, 'y'.repeat(106 - directory.length));
    await listenAt(server(), longest);
    expect(isOwnPlace(longest)).toBe(true);
  });

  it('is refused where others could put another directory in the place of its own, by a link or on the way', async () => {
    const open = join(directory, 'open');
    const own = join(open, 'own');
    mkdirSync(own, { recursive: true, mode: 0o700 });
    chmodSync(open, 0o777);
    await expect(listenAt(server(), join(own, 'service'))).rejects.toMatchObject({ code: 'SERVICE_SOCKET_UNSAFE' });
    symlinkSync(open, join(directory, 'link'));
    const linked = join(directory, 'link', 'own', 'service');
    await expect(listenAt(server(), linked)).rejects.toMatchObject({ code: 'SERVICE_SOCKET_UNSAFE' });
    // Nothing is made there either.
    const deeper = join(open, 'new', 'deeper', 'service');
    await expect(listenAt(server(), deeper)).rejects.toMatchObject({ code: 'SERVICE_SOCKET_UNSAFE' });
    expect(existsSync(join(open, 'new'))).toBe(false);
    // As in /tmp, where nobody can rename what is another's.
    chmodSync(open, 0o1777);
    await listenAt(server(), join(own, 'service'));
    expect(isOwnPlace(join(own, 'service'))).toBe(true);
    chmodSync(open, 0o777);
    expect(isOwnPlace(join(own, 'service'))).toBe(false);
  });
});
