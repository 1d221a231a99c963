import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Posix } from '@xen-image/core';
import { ownDirectory } from './own-directory.js';
import { errnoOf } from './unsafe.js';

/** The pipes between block-tap and a device model, in xend's order. */
function tapPipes(directory: string, domid: number): string[] {
  return [join(directory, `qemu-read-${domid}`), join(directory, `qemu-write-${domid}`)];
}

/** Removes a domain's pipes to block-tap. Unlike xend's, the absence of the first does not keep the second. */
export async function removeTapPipes(directory: string, domid: number): Promise<void> {
  for (const path of tapPipes(directory, domid)) {
    await unlink(path).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
    });
  }
}

/** Makes a domain's pipes to block-tap anew. */
export async function makeTapPipes(posix: Posix, directory: string, domid: number): Promise<void> {
  await removeTapPipes(directory, domid);
  ownDirectory(directory, 0o755);
  for (const path of tapPipes(directory, domid)) await posix.mkfifo(path, 0o600);
}
