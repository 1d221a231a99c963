import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { XenImageError } from '@xen-image/core';

/** What others may not have: the right to put something in. */
const WRITABLE_BY_OTHERS = 0o022;

/** What can be done where files in a directory of the toolstack's cannot be kept. */
export function filesHint(directory: string, errno: string): string {
  return errno === 'EACCES' || errno === 'EPERM'
    ? `Run as root, or as the user whose ${directory} is.`
    : `${directory} must be writable, with room on its file system.`;
}

function refused(path: string, why: string): XenImageError {
  return new XenImageError('FILE_UNSAFE', `${path} ${why}`, {
    data: { path },
    hint: 'Remove it, and see who can write to the directory above it.',
  });
}

/**
 * Makes a directory, and those above it that are not there, of mode 0700 whatever the umask.
 *
 * @throws XenImageError `FILE_UNSAFE` where it is a link, or where another user could put something into it
 */
export function makeOwnDirectory(path: string): void {
  if (isOwnDirectory(path)) return;
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) {
    for (let made = path; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o700);
  }
  requireOwnDirectory(path);
}

/**
 * Sees that what stands in a directory was put there by this user or by root; one that does not exist holds nothing.
 *
 * @throws XenImageError `FILE_UNSAFE`
 */
export function requireOwnDirectory(path: string): void {
  isOwnDirectory(path);
}

/** Whether it is there. */
function isOwnDirectory(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw refused(path, 'is no directory');
  if (found.uid !== 0 && found.uid !== process.geteuid?.()) throw refused(path, `belongs to user ${String(found.uid)}`);
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0) throw refused(path, 'can be written to by others');
  return true;
}
