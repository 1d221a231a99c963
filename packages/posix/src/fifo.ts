import { chmodSync, closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import { failed, fileError, systemError, type System } from './system.js';

/** Opens a file by its path alone: no permission is needed and nothing is waited for (open(2); not in Node's table). */
const O_PATH = 0o10000000;

/**
 * Makes a named pipe of exactly this mode, whatever the umask; a symbolic link at the path is not followed.
 *
 * @throws XenImageError `SYSTEM_CALL_FAILED` (`EEXIST` where something has the name)
 */
export function makeFifo(system: System, path: string, mode: number): void {
  const failure = system.mkfifo(path, mode);
  if (failed(failure)) throw systemError(failure, `cannot make the pipe ${path}`, { path });
  try {
    setFifoMode(path, mode);
  } catch (error) {
    try {
      unlinkSync(path);
    } catch {
      // What failed first is what is told.
    }
    throw fileError(error, `cannot set the mode of the pipe ${path}`, { path });
  }
}

/** The umask may have taken bits away. It belongs to the whole process, other threads included, so it stays alone. */
function setFifoMode(path: string, mode: number): void {
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const { mode: found } = fstatSync(fd);
    const isFifo = (found & constants.S_IFMT) === constants.S_IFIFO;
    // Through the descriptor: whatever has the name by now, this pipe is meant.
    if (isFifo && (found & 0o7777) !== mode) chmodSync(`/proc/self/fd/${String(fd)}`, mode);
  } finally {
    closeSync(fd);
  }
}
