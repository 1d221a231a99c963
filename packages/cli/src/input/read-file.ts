import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { XenImageError } from '@xen-image/core';
import type { Io } from '../io.js';

/** The name that stands for standard input. */
export const STDIN = '-';

const CHUNK_BYTES = 64 * 1024;

/** What is read and how it is spoken of. */
export interface ReadFileOptions {
  /** What the file should be: `configuration`, `host facts`. */
  readonly what: string;
  /** The beginning of error codes: `CONFIG_FILE`, `HOST_FILE`. */
  readonly code: string;
  /** Throws where a file of so many bytes is not read. */
  readonly checkSize: (bytes: number, file: string) => void;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  ELOOP: 'is a symbolic link that leads in a circle',
  ENAMETOOLONG: 'has too long a name',
  EIO: 'cannot be read: input/output error',
};

function unreadable(file: string, options: ReadFileOptions, error: unknown): XenImageError {
  const errno = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const said = JSON.stringify(file);
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return new XenImageError(`${options.code}_MISSING`, `there is no file ${said}`, {
      phase: 'config',
      errno,
      hint: `Give the path of the ${options.what}, or - to read it from standard input.`,
    });
  }
  if (errno === 'EISDIR') return isDirectory(file, options);
  return new XenImageError(`${options.code}_UNREADABLE`, `${said} ${REASONS[errno] ?? 'cannot be read'}`, {
    phase: 'config',
    errno,
    cause: error,
  });
}

function isDirectory(file: string, options: ReadFileOptions): XenImageError {
  return new XenImageError(`${options.code}_DIRECTORY`, `${JSON.stringify(file)} is a directory`, {
    phase: 'config',
    errno: 'EISDIR',
    hint: `Give the file in it that holds the ${options.what}.`,
  });
}

/** All bytes of a source, refused as soon as there are too many of them. */
async function collect(
  source: AsyncIterable<Uint8Array | string>,
  name: string,
  options: ReadFileOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    length += bytes.length;
    options.checkSize(length, name);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Reads a file that a user named, or standard input for `-`. The size is looked at before anything is read, and again
 * while reading: pipes and devices have none.
 *
 * @throws XenImageError `…_MISSING`, `…_DIRECTORY`, `…_UNREADABLE` with the errno, or what `checkSize` throws
 */
export async function readInput(io: Io, file: string, options: ReadFileOptions): Promise<Uint8Array> {
  if (file === STDIN) return collect(io.stdin, 'standard input', options);
  let handle: FileHandle | undefined;
  try {
    const info = await stat(file);
    if (info.isDirectory()) throw isDirectory(file, options);
    if (info.isFile()) options.checkSize(info.size, file);
    handle = await open(file, constants.O_RDONLY);
    return await collect(chunksOf(handle), file, options);
  } catch (error) {
    if (error instanceof XenImageError) throw error;
    throw unreadable(file, options, error);
  } finally {
    await handle?.close();
  }
}
