import { chmodSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { XenImageError } from '@xen-image/core';
import { makeOwnDirectory } from '@xen-image/posix';
import { fits, hasOwnWay, isOwnPlace } from './place.js';

const OWNER_ONLY = 0o600;

/** Errnos of a place without anybody: no socket, or one whose process is gone. */
const NOBODY: readonly unknown[] = ['ENOENT', 'ECONNREFUSED'];

/** Whether somebody listens at a path. Whoever has more callers than there is room for (EAGAIN) does. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY.includes(error.code)) resolve(false);
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const umask = process.umask(0o177);
    try {
      server.once('error', reject);
      // The socket is made before this returns.
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/**
 * Listens at a path that nobody but this user, or root, can write to; a socket that a service which is gone left there is
 * removed.
 *
 * @throws XenImageError `FILE_UNSAFE` of its directory, `SERVICE_SOCKET_UNSAFE`, `SERVICE_RUNNING`, `SERVICE_SOCKET_FAILED`
 */
export async function listenAt(server: Server, path: string): Promise<void> {
  try {
    if (!fits(path)) throw Object.assign(new Error('the path is too long'), { code: 'ENAMETOOLONG' });
    // Before anything is made: what stands on the way decides where.
    if (hasOwnWay(path)) makeOwnDirectory(dirname(path));
    if (!isOwnPlace(path)) {
      throw new XenImageError('SERVICE_SOCKET_UNSAFE', `others could put something in the place of ${path}`, {
        phase: 'connect',
        hint: 'XEN_IMAGE_SERVICE names a socket in a directory of root, or of your own, that nobody else can write to or replace.',
      });
    }
    if (await answers(path)) {
      throw new XenImageError('SERVICE_RUNNING', `a service listens at ${path} already`, {
        phase: 'connect',
        hint: 'One serves the whole host; XEN_IMAGE_SERVICE names another place.',
      });
    }
    removeStale(path);
    await bind(server, path);
    chmodSync(path, OWNER_ONLY);
  } catch (error) {
    if (error instanceof XenImageError) throw error;
    throw new XenImageError('SERVICE_SOCKET_FAILED', `cannot listen at ${path}`, {
      phase: 'connect',
      errno: (error as NodeJS.ErrnoException).code ?? 'unknown',
      hint: 'The service runs as root; XEN_IMAGE_SERVICE names another place for its socket.',
      cause: error,
    });
  }
}

function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
