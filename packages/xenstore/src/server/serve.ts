import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { XenImageError } from '@xen-image/core';
import { errnoOf } from '../errors.js';
import type { StoreBackend } from './backend.js';
import { Session } from './session.js';

/** Where and for whom a store is served. */
export interface StoreServerOptions {
  /** The socket's path; a socket that nobody listens on is replaced, anything else is left alone. */
  readonly path: string;
  /**
   * The socket's mode.
   *
   * @defaultValue 0o600
   */
  readonly mode?: number;
  /**
   * The domain that clients count as.
   *
   * @defaultValue 0, which has all rights
   */
  readonly domid?: number;
}

/** A store that is being served. */
export interface StoreServer extends AsyncDisposable {
  readonly path: string;
  /** Clients that are connected. */
  readonly connections: number;
  /** Drops all clients and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves a store over the xenstore wire protocol, as xenstored does on its socket: xenstore-ls, xenstore-read and all
 * that libxenstore serves can talk to it (by `XENSTORED_PATH`).
 *
 * @throws XenImageError `XENSTORE_LISTEN` where the path is in use or the socket cannot be made
 */
export async function serveStore(backend: StoreBackend, options: StoreServerOptions): Promise<StoreServer> {
  const { path, mode = 0o600, domid = 0 } = options;
  await removeStale(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const session = new Session(socket, backend, domid);
    socket.on('data', (chunk) => {
      session.data(chunk);
    });
    socket.on('drain', () => {
      session.drained();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      session.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenError(path, error));
    });
    privately(mode, () => {
      server.listen(path, resolve);
    });
  });
  await chmod(path, mode);
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  };
  return {
    path,
    get connections() {
      return sockets.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Binds under a umask, so that the socket never has a wider mode; a worker thread has no umask of its own. */
function privately(mode: number, bind: () => void): void {
  if (!isMainThread) {
    bind();
    return;
  }
  const before = process.umask(~mode & 0o777);
  try {
    bind();
  } finally {
    process.umask(before);
  }
}

async function removeStale(path: string): Promise<void> {
  let isSocket: boolean;
  try {
    isSocket = (await lstat(path)).isSocket();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw listenError(path, error);
  }
  if (!isSocket) throw listenError(path, 'it exists and is no socket');
  if (await isListening(path)) throw listenError(path, 'another program listens on it');
  await unlink(path);
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error) => {
      resolve(errnoOf(error) !== 'ECONNREFUSED');
    });
  });
}

function listenError(path: string, cause: unknown): XenImageError {
  const errno = errnoOf(cause);
  const why = typeof cause === 'string' ? cause : (cause as Error).message;
  return new XenImageError('XENSTORE_LISTEN', `cannot serve xenstore at ${path}: ${why}`, {
    data: { path },
    cause,
    ...(errno === undefined ? {} : { errno }),
  });
}
