import { lstatSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ownRunner, whyDirectoryNotTrusted, type Runner } from '../trusted-path.js';
import { SERVICE_SOCKET } from './protocol.js';

/** The variable that names another socket, or `off`. */
export const SERVICE_VARIABLE = 'XEN_IMAGE_SERVICE';

/** Where the service listens, or is asked; nothing where none is wanted. */
export function serviceSocket(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = env[SERVICE_VARIABLE] ?? '';
  if (named === 'off') return undefined;
  return named === '' ? SERVICE_SOCKET : named;
}

const WRITABLE_BY_OTHERS = 0o022;
/** Of a socket's path on Linux, less the byte that ends it (unix(7)). libuv cuts off what is more. */
const LONGEST_PATH_BYTES = 107;

/** Whether a socket can be called so: what fits of a longer path is another place. */
export function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_PATH_BYTES;
}

/** A directory, or the next one above it that is there. */
function nearest(directory: string): string {
  let at = resolve(directory);
  while (!isThere(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/**
 * Whether nobody but root, or this user, decides what directory the socket's directory is, now and later: by a directory above
 * it, or by a link on the way. What is not there yet is no matter.
 */
export function hasOwnWay(path: string, user: Runner = ownRunner()): boolean {
  return whyDirectoryNotTrusted(nearest(dirname(dirname(resolve(path)))), user) === undefined;
}

/**
 * Whether only root, or this user, can have put what stands at a path there: the directory and what is in it belong to
 * one of them, nobody else can write to the directory, and nobody else could put another one in its place. What the service is
 * told holds whatever the environment does.
 */
export function isOwnPlace(path: string, user: Runner = ownRunner()): boolean {
  if (!fits(path)) return false;
  const directory = lstatSync(dirname(path), { throwIfNoEntry: false });
  if (directory?.isDirectory() !== true || (directory.mode & WRITABLE_BY_OTHERS) !== 0) return false;
  if (!hasOwnWay(path, user)) return false;
  const found = lstatSync(path, { throwIfNoEntry: false });
  const mine = (uid: number): boolean => uid === 0 || uid === user.uid;
  return mine(directory.uid) && (found === undefined || (found.isSocket() && mine(found.uid)));
}
