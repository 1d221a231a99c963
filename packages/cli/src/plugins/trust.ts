import { lstatSync, readlinkSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
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

/** Whoever runs the command. */
export interface Runner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Why a file must not be run by a user, if so: somebody else could have written it. Only root's group may write what root runs;
 * what another user runs may be writable by that user's own group, which many systems give each user.
 */
export function whyNotTrusted({ uid, gid, mode }: Ownership, user: Runner): string | undefined {
  if (uid !== 0 && uid !== user.uid) return `it belongs to the user with the number ${uid}`;
  if ((mode & WRITABLE_BY_ALL) !== 0) return 'everybody can write it';
  const mayWrite = gid === 0 || (user.uid !== 0 && gid === user.gid);
  if (!mayWrite && (mode & WRITABLE_BY_GROUP) !== 0) return `the group with the number ${gid} can write it`;
  return undefined;
}

/** As many links lead on at most, as for the kernel (MAXSYMLINKS). */
const MOST_LINKS = 40;

/**
 * Why what stands at a path must not be run: the file itself, a link on the way, or a directory in which somebody else could
 * put another in its place, now or between this look and its execution. The path is followed as the kernel does, one element
 * at a time, so that each link and each directory is looked at where it stands.
 */
function whyPathNotTrusted(path: string, user: Runner): string | undefined {
  let left = resolve(path).split(sep).filter(Boolean);
  let at = '/';
  let links = 0;
  for (;;) {
    const found = lstatSync(at);
    if (left.length === 0) return whyNotTrusted(found, user);
    const kept = (found.mode & STICKY) === 0 ? found.mode : found.mode & ~(WRITABLE_BY_ALL | WRITABLE_BY_GROUP);
    const why = whyNotTrusted({ uid: found.uid, gid: found.gid, mode: kept }, user);
    if (why !== undefined) return `of its directory ${at}, ${why}`;
    const [next = '', ...rest] = left;
    left = rest;
    const step = join(at, next);
    const entry = lstatSync(step);
    if (!entry.isSymbolicLink()) {
      at = step;
      continue;
    }
    if (entry.uid !== 0 && entry.uid !== user.uid) {
      return `the link ${step} belongs to the user with the number ${entry.uid}`;
    }
    links += 1;
    if (links > MOST_LINKS) return `${step} is one of too many links`;
    const target = readlinkSync(step);
    left = [...resolve(at, target).split(sep).filter(Boolean), ...left];
    at = '/';
  }
}

/**
 * Looks whether a file may be run by whoever runs the command: often root, in whatever directory.
 *
 * @throws XenImageError `PLUGIN_UNSAFE`
 */
export function requireTrusted(
  path: string,
  user: Runner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
): void {
  const why = whyPathNotTrusted(path, user);
  if (why === undefined) return;
  throw new XenImageError('PLUGIN_UNSAFE', `${path} is not loaded: ${why}`, {
    phase: 'config',
    hint: 'Give the file and its directories to root or to yourself, writable by nobody else; or run with --no-config.',
    data: { path },
  });
}
