import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileFailure, unsafe } from './unsafe.js';

/**
 * Makes a directory, and those above it that are not there, of exactly this mode whatever the umask.
 *
 * @throws XenImageError `FILE_UNSAFE` where it is a link, or where another user could put something into it
 */
export async function ownDirectory(path: string, mode: number): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode });
    if (first !== undefined) {
      for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, mode);
    }
    const found = await lstat(path);
    if (!found.isDirectory()) throw unsafe(path, 'is no directory');
    if (found.uid !== process.geteuid?.()) throw unsafe(path, `belongs to user ${found.uid}`);
    if ((found.mode & 0o022) !== 0) throw unsafe(path, 'can be written to by others');
  } catch (error) {
    throw fileFailure(error, 'cannot use the directory', path);
  }
}
