import { storeError } from './errors.js';

/** Most bytes of an absolute path (XENSTORE_ABS_PATH_MAX). */
export const LONGEST_PATH = 3072;
const NODE = /^(?:\/|(?:\/[\w@-]+)+)$/;
const SPECIAL = /^@[\w@/-]+$/;

/** Whether a path is an event of the daemon's own, `@releaseDomain` or the like. */
export function isSpecial(path: string): boolean {
  return path.startsWith('@');
}

/**
 * Refuses what is no path of a node: absolute, of letters, digits and `-/_@`, without a doubled or trailing slash.
 *
 * @throws XenImageError with errno `EINVAL`; `TypeError` for what is no text
 */
export function checkPath(path: string, call: string, special = false): void {
  if (typeof path !== 'string') throw new TypeError('a xenstore path is a text');
  if (path.length <= LONGEST_PATH && (NODE.test(path) || (special && SPECIAL.test(path)))) return;
  const shown = JSON.stringify(path.slice(0, 80));
  throw storeError('EINVAL', call, path.slice(0, 100), `${shown} is no path of a node`);
}

/** The path above; `/` for what stands directly below it. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === 0 ? '/' : path.slice(0, slash);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path of a child. */
export function childPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

/** A path and all above it up to the root, the nearest first. */
export function* upwards(path: string): Iterable<string> {
  let at = path;
  for (;;) {
    yield at;
    if (at === '/' || isSpecial(at)) return;
    at = parentOf(at);
  }
}
