import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { XenImageError } from '@xen-image/core';

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_ALL = 0o002;
/** In such a directory only a file's owner renames or removes it, whoever else may add files. */
const STICKY = 0o1000;

/** What of a file decides whether its code may be run. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * Why a file must not be run by a user, if so: somebody else could have written it. A group of its own, which many
 * systems give each user, may write a user's files; of root's only root's group may.
 */
export function whyNotTrusted({ uid, gid, mode }: Ownership, user: number): string | undefined {
  if (uid !== 0 && uid !== user) return `it belongs to the user with the number ${uid}`;
  if ((mode & WRITABLE_BY_ALL) !== 0) return 'everybody can write it';
  if (user === 0 && gid !== 0 && (mode & WRITABLE_BY_GROUP) !== 0)
    return `the group with the number ${gid} can write it`;
  return undefined;
}

/** A directory and all above it. */
function upwards(directory: string): string[] {
  const above = dirname(directory);
  return above === directory ? [directory] : [directory, ...upwards(above)];
}

/**
 * Why what stands at a path must not be run: the file itself, the link that leads there, or a directory in which somebody
 * else could put another in its place, now or between this look and its execution.
 */
function whyPathNotTrusted(path: string, user: number): string | undefined {
  const why = whyNotTrusted(statSync(path), user);
  if (why !== undefined) return why;
  const { uid } = lstatSync(path);
  if (uid !== 0 && uid !== user) return `the link there belongs to the user with the number ${uid}`;
  for (const directory of new Set([...upwards(dirname(path)), ...upwards(dirname(realpathSync(path)))])) {
    const { uid: owner, gid, mode } = statSync(directory);
    const kept = (mode & STICKY) === 0 ? mode : mode & ~(WRITABLE_BY_ALL | WRITABLE_BY_GROUP);
    const reason = whyNotTrusted({ uid: owner, gid, mode: kept }, user);
    if (reason !== undefined) return `of its directory ${directory}, ${reason}`;
  }
  return undefined;
}

/**
 * Looks whether a file may be run by whoever runs the command: often root, in whatever directory.
 *
 * @throws XenImageError `PLUGIN_UNSAFE`
 */
export function requireTrusted(path: string, user = process.getuid?.() ?? 0): void {
  const why = whyPathNotTrusted(path, user);
  if (why === undefined) return;
  throw new XenImageError('PLUGIN_UNSAFE', `${path} is not loaded: ${why}`, {
    phase: 'config',
    hint: 'Give the file and its directories to root or to yourself, writable by nobody else; or run with --no-config.',
    data: { path },
  });
}
