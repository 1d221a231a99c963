import { open, stat, unlink, writeFile } from 'node:fs/promises';
import { ABSENT, type FileFacts, type FileFormat, type FileView } from './files.js';

/** Where a bzImage says that it is one: Linux, Documentation/arch/x86/boot.rst. */
const HDRS_OFFSET = 0x202;
const HEAD_BYTES = HDRS_OFFSET + 4;

/** The file system of the machine that the simulator runs on. */
export const realFiles: FileView = {
  async look(path) {
    const stats = await stat(path).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    if (stats === undefined) return ABSENT;
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    return { kind, sizeBytes: stats.size, format: kind === 'file' ? await formatOf(path) : 'unknown' };
  },
  make: (path) => writeFile(path, 'a simulated device model\n', { flag: 'wx', mode: 0o600 }),
  remove: (path) => unlink(path),
};

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ENAMETOOLONG' || isBadText(error);
}

/** A path with a NUL byte names nothing. */
function isBadText(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_VALUE';
}

async function formatOf(path: string): Promise<FileFacts['format']> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return 'unknown';
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return recognise(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** The format of a file that begins with these bytes. */
export function recognise(head: Uint8Array): FileFormat {
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('\x7fELF')) return 'elf';
  if (text.startsWith('\x1f\x8b')) return 'gzip';
  if (text.startsWith('HdrS', HDRS_OFFSET)) return 'bzimage';
  return 'unknown';
}
