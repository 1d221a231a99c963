import { statSync } from 'node:fs';
import { XenImageError } from '@xen-image/core';

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_ALL = 0o002;

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

/**
 * Looks whether a file may be run by whoever runs the command: often root, in whatever directory.
 *
 * @throws XenImageError `PLUGIN_UNSAFE`
 */
export function requireTrusted(path: string, user = process.getuid?.() ?? 0): void {
  const why = whyNotTrusted(statSync(path), user);
  if (why === undefined) return;
  throw new XenImageError('PLUGIN_UNSAFE', `${path} is not loaded: ${why}`, {
    phase: 'config',
    hint: 'Give the file to root or to yourself, writable by nobody else; or run with --no-config.',
    data: { path },
  });
}
