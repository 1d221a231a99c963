import { XenImageError } from '@xen-image/core';

/** Most bytes of an absolute path (`XENSTORE_ABS_PATH_MAX`); xenstored itself may be configured to allow less. */
export const ABSOLUTE_PATH_MAX = 3072;

/** Most bytes of a relative path (`XENSTORE_REL_PATH_MAX`). */
export const RELATIVE_PATH_MAX = 2048;

/**
 * What a path may be in a request.
 *
 * - `node`: a node of the tree;
 * - `special`: also `@introduceDomain`, `@releaseDomain` and other events of the daemon's own.
 */
export type PathKind = 'node' | 'special';

const NODE = /^\/?[\w@-]+(?:\/[\w@-]+)*$/;
const SPECIAL = /^@[\w-]+(?:\/[\w@-]+)*$/;

/** Whether a path counts from the connection's own domain (`/local/domain/N`). */
export function isRelativePath(path: string): boolean {
  return !path.startsWith('/') && !path.startsWith('@');
}

/**
 * Refuses a path that xenstore does not allow: docs/misc/xenstore.txt of Xen.
 *
 * Paths consist of ASCII letters, digits and `-/_@`, without a doubled or trailing slash, up to 3072 bytes (2048 if
 * relative).
 *
 * @throws XenImageError `XENSTORE_PATH_INVALID`; `TypeError` for a value that is no string
 */
export function checkPath(path: string, kind: PathKind): void {
  if (typeof path !== 'string') throw new TypeError('a xenstore path must be a string');
  if (path.length <= RELATIVE_PATH_MAX || (path.length <= ABSOLUTE_PATH_MAX && path.startsWith('/'))) {
    if (path.startsWith('@') ? kind === 'special' && SPECIAL.test(path) : path === '/' || NODE.test(path)) return;
  }
  const reason = reasonOf(path, kind);
  throw new XenImageError('XENSTORE_PATH_INVALID', `${quote(path)} is not a xenstore path: ${reason}`, {
    data: { path: path.slice(0, 100), reason },
    hint: 'A path is made of letters, digits, -, _ and @, with single slashes between.',
  });
}

function reasonOf(path: string, kind: PathKind): string {
  if (path === '') return 'it is empty';
  if (path.includes('\0')) return 'it contains a NUL byte';
  const most = path.startsWith('/') ? ABSOLUTE_PATH_MAX : RELATIVE_PATH_MAX;
  if (path.length > most) return `it is longer than ${most} bytes`;
  if (path.startsWith('@') && kind === 'node') return 'a special path can only be watched or given permissions';
  if (path.includes('//')) return 'it has a doubled slash';
  if (path.endsWith('/')) return 'it ends with a slash';
  const bad = /[^\w@/-]/u.exec(path)?.[0];
  return bad === undefined ? 'it is not well-formed' : `it contains ${quote(bad)}`;
}

/** Text from elsewhere, shortened and without control characters, for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Whether `path` is `parent` or lies below it. */
export function isBelow(path: string, parent: string): boolean {
  if (parent === '/') return path.startsWith('/');
  return path.startsWith(parent) && (path.length === parent.length || path[parent.length] === '/');
}
