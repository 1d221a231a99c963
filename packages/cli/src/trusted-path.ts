import { lstatSync, readlinkSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_ALL = 0o002;
/** In such a directory only a file's owner renames or removes it, whoever else may add files. */
const STICKY = 0o1000;

/** What of a file decides whether what stands in it is believed. */
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

/** This process's user. */
export function ownRunner(): Runner {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

/**
 * Why a user must not run, or believe, what stands in a file, if so: somebody else could have written it. Only root's group
 * may write what root runs; what another user runs may be writable by that user's own group, which many systems give each user.
 */
export function whyNotTrusted({ uid, gid, mode }: Ownership, user: Runner): string | undefined {
  if (uid !== 0 && uid !== user.uid) return `it belongs to the user with the number ${uid}`;
  if ((mode & WRITABLE_BY_ALL) !== 0) return 'everybody can write it';
  const mayWrite = gid === 0 || (user.uid !== 0 && gid === user.gid);
  if (!mayWrite && (mode & WRITABLE_BY_GROUP) !== 0) return `the group with the number ${gid} can write it`;
  return undefined;
}

/** Why what a user has in a directory is not to be trusted, if so: somebody else could replace it. */
function whyNotKept({ uid, gid, mode }: Ownership, user: Runner): string | undefined {
  const kept = (mode & STICKY) === 0 ? mode : mode & ~(WRITABLE_BY_ALL | WRITABLE_BY_GROUP);
  return whyNotTrusted({ uid, gid, mode: kept }, user);
}

/** As many links lead on at most, as for the kernel (MAXSYMLINKS). */
const MOST_LINKS = 40;

/**
 * Follows a path as the kernel does, one element at a time, so that each link and each directory is looked at where it stands;
 * `last` looks at what it leads to.
 */
function follow(path: string, user: Runner, last: typeof whyNotTrusted): string | undefined {
  let left = resolve(path).split(sep).filter(Boolean);
  let at = '/';
  let links = 0;
  for (;;) {
    const found = lstatSync(at);
    if (left.length === 0) return last(found, user);
    const why = whyNotKept(found, user);
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
 * Why what stands at a path must not be trusted: the file itself, a link on the way, or a directory in which somebody else could
 * put another in its place, now or between this look and its use.
 *
 * @throws the errno's error where something on the way is not there, or may not be looked at
 */
export function whyPathNotTrusted(path: string, user: Runner): string | undefined {
  return follow(path, user, whyNotTrusted);
}

/**
 * Why what a user has in a directory must not be trusted: somebody else could replace it, or the directory.
 *
 * @throws as {@link whyPathNotTrusted}
 */
export function whyDirectoryNotTrusted(path: string, user: Runner): string | undefined {
  return follow(path, user, whyNotKept);
}
