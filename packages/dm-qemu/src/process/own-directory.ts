import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileFailure, unsafe } from './unsafe.js';

/**
 * Makes a directory, and those above it that are not there, of exactly this mode whatever the umask.
 *
 * @throws XenImageError `FILE_UNSAFE` where it is a link, or where another user could put something into it
 */
export function ownDirectory(path: string, mode: number): void {
  try {
    const first = mkdirSync(path, { recursive: true, mode });
    if (first !== undefined) {
      for (let made = path; made.length >= first.length; made = dirname(made)) chmodSync(made, mode);
    }
    const found = lstatSync(path);
    if (!found.isDirectory()) throw unsafe(path, 'is no directory');
    if (found.uid !== process.geteuid?.()) throw unsafe(path, `belongs to user ${found.uid}`);
    if ((found.mode & 0o022) !== 0) throw unsafe(path, 'can be written to by others');
  } catch (error) {
    throw fileFailure(error, 'cannot use the directory', path);
  }
}
