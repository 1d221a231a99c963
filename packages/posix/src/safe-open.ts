import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { XenImageError } from '@xen-image/core';
import { fileError } from './system.js';

/** How {@link openRegularFile} opens. */
export interface OpenRegularFileOptions {
  /** Begin with an empty file; else what is written is appended. */
  readonly truncate: boolean;
  /** The mode of a file that is made, less umask. */
  readonly mode: number;
}

/**
 * Opens a file for appending, and makes it where it is not there, in a directory where others may have left traps.
 *
 * A symbolic link, a hard link, a pipe or device, and a file of another user's are refused, and are neither changed nor
 * truncated. The descriptor is closed when a program is executed.
 * @throws XenImageError `FILE_UNSAFE`, or `SYSTEM_CALL_FAILED` (with `ELOOP` for a symbolic link)
 */
export async function openRegularFile(path: string, options: OpenRegularFileOptions): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await openChecked(
    path,
    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
    options.mode,
    (stats) => (stats.isFile() ? undefined : 'is no plain file'),
  );
  if (options.truncate) await file.truncate(0);
  return file;
}

/**
 * Opens the reading end of a named pipe, without waiting for a writer; with the same refusals as
 * {@link openRegularFile}.
 */
export function openFifoForReading(path: string): Promise<FileHandle> {
  return openFifo(path, constants.O_RDONLY);
}

/**
 * Opens a named pipe for reading and writing, so that its reading end sees no end of file while this is open; with the
 * same refusals as {@link openRegularFile}.
 */
export function openFifoForBoth(path: string): Promise<FileHandle> {
  return openFifo(path, constants.O_RDWR);
}

function openFifo(path: string, access: number): Promise<FileHandle> {
  const { O_NOFOLLOW, O_NONBLOCK } = constants;
  return openChecked(path, access | O_NOFOLLOW | O_NONBLOCK, 0, (stats) =>
    stats.isFIFO() ? undefined : 'is no named pipe',
  );
}

async function openChecked(
  path: string,
  flags: number,
  mode: number,
  refusal: (stats: Stats) => string | undefined,
): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, flags, mode);
    const stats = await file.stat();
    const reason = refusal(stats) ?? ownershipRefusal(stats);
    if (reason === undefined) return file;
    throw new XenImageError('FILE_UNSAFE', `${path} ${reason}`, {
      data: { path },
      hint: 'remove it, and see who can write to its directory',
    });
  } catch (error) {
    await file?.close();
    throw fileError(error, `cannot open ${path}`, { path });
  }
}

function ownershipRefusal(stats: Stats): string | undefined {
  if (stats.nlink > 1) return 'has more than one name (hard links)';
  if (stats.uid !== process.geteuid?.()) return `belongs to user ${String(stats.uid)}`;
  return undefined;
}
