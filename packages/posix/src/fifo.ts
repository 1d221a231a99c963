import { constants } from 'node:fs';
import { chmod, open, unlink } from 'node:fs/promises';
import { failed, fileError, systemError, type System } from './system.js';

/** Opens a file by its path alone: no permission is needed and nothing is waited for (open(2); not in Node's table). */
const O_PATH = 0o10000000;

/**
 * Makes a named pipe of exactly this mode, whatever the umask; a symbolic link at the path is not followed.
 * @throws XenImageError `SYSTEM_CALL_FAILED` (`EEXIST` where something has the name)
 */
export async function makeFifo(system: System, path: string, mode: number): Promise<void> {
  const failure = system.mkfifo(path, mode);
  if (failed(failure)) throw systemError(failure, `cannot make the pipe ${path}`, { path });
  try {
    await setFifoMode(path, mode);
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw fileError(error, `cannot set the mode of the pipe ${path}`, { path });
  }
}

/** The umask may have taken bits away. It belongs to the whole process, other threads included, so it stays alone. */
async function setFifoMode(path: string, mode: number): Promise<void> {
  const file = await open(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const { mode: found } = await file.stat();
    const isFifo = (found & constants.S_IFMT) === constants.S_IFIFO;
    // Through the descriptor: whatever has the name by now, this pipe is meant.
    if (isFifo && (found & 0o7777) !== mode) await chmod(`/proc/self/fd/${String(file.fd)}`, mode);
  } finally {
    await file.close();
  }
}
