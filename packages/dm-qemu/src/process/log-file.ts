import { constants } from 'node:fs';
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { XenImageError } from '@xen-image/core';

/** Where device models' logs stand unless told otherwise. */
export const LOG_DIRECTORY = '/var/log/xen';

/** How many lines of a log an error carries. */
const TOLD_LINES = 20;
const MOST_BYTES_READ = 64 * 1024;

/** The log of a domain's device model. The name cannot lead out of the directory: names hold no `/`. */
export function logPath(directory: string, name: string): string {
  if (name.includes('/') || name.includes('\0')) throw new TypeError(`${JSON.stringify(name)} is no domain's name`);
  return join(directory, `qemu-dm-${name}.log`);
}

/**
 * Opens a log for appending, made with mode 0600 where it is not there. Links and whatever is no plain file are refused.
 *
 * @throws XenImageError `DEVICE_MODEL_LOG` with the errno
 */
export async function openLog(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: FileHandle | undefined;
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o755 });
    file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const stats = await file.stat();
    if (!stats.isFile() || stats.nlink > 1)
      throw Object.assign(new Error('it is no plain file of its own'), { code: 'ELOOP' });
    return file;
  } catch (error) {
    await file?.close();
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    throw new XenImageError('DEVICE_MODEL_LOG', `the device model's log ${path} cannot be opened: ${message}`, {
      phase: 'device-model',
      errno: code,
      cause: error,
    });
  }
}

/** The size of a log, to read from there on later. */
export async function logSize(file: FileHandle): Promise<number> {
  return (await file.stat()).size;
}

/** The last lines that were written to a log since `from`. */
export async function logLines(path: string, from: number): Promise<readonly string[]> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const text = bytes.subarray(Math.max(from, bytes.length - MOST_BYTES_READ)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TOLD_LINES);
}
