import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { XenImageError } from '@xen-image/core';
import { errnoOf, fileFailure } from '../process/unsafe.js';

/** Where libxl has it too (XEN_RUN_DIR of a default build). */
const RUN_DIRECTORY = '/var/run/xen';
/** Name of the one file that can be in it, while the state of devices is saved. */
const STATE_FILE = 'state';
/** Beyond what any device has; what is read is held in memory. */
const MOST_STATE_BYTES = 64 * 1024 ** 2;

function tooMuch(size: number): XenImageError {
  return new XenImageError('DEVICE_MODEL_STATE', `the device model wrote ${size} bytes as the state of its devices`, {
    phase: 'device-model',
    data: { size, most: MOST_STATE_BYTES },
    hint: 'Its guest may have got the better of it: destroy the guest.',
  });
}

/** What becomes the root directory of a domain's device model. */
export function chrootPath(domid: number | string, runDirectory: string = RUN_DIRECTORY): string {
  return join(runDirectory, `qemu-root-${domid}`);
}

/**
 * Makes the directory, empty and closed to all but root. A device model could put nothing into it; what is in one that was
 * left is somebody else's, and an error.
 *
 * @param gid - of the group that the device model runs as, which gets no right to it: by it whoever finds the directory knows
 * the group, though the toolstack died before it recorded anything
 * @throws XenImageError `SYSTEM_CALL_FAILED` with the errno
 */
export function makeChroot(path: string, gid: number): void {
  try {
    removeChroot(path);
    mkdirSync(path, { mode: 0 });
    // Nobody else starts device models that give rights up; tests do.
    if (process.geteuid?.() === 0) chownSync(path, 0, gid);
    chmodSync(path, 0);
  } catch (error) {
    throw fileFailure(error, 'cannot make the root directory for the device model', path);
  }
}

/** The group that a device model with this root directory runs as; `undefined` where there is none. */
export function groupOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.gid !== 0 ? found.gid : undefined;
}

/** Removes it, with the file for saved state in it where a save was cut off. Passed over where it is gone. */
export function removeChroot(path: string): void {
  try {
    if (lstatSync(path).isDirectory()) rmSync(join(path, STATE_FILE), { force: true });
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Closes it again, and removes the file for saved state, where a save was cut off. */
export function closeChroot(path: string): void {
  chmodSync(path, 0);
  rmSync(join(path, STATE_FILE), { force: true });
}

/** Reads what there is of a file now. Its owner may make it larger, or smaller, at any moment. */
function readState(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    if (size > MOST_STATE_BYTES) throw tooMuch(size);
    const state = Buffer.alloc(size);
    let length = 0;
    for (let more = -1; more !== 0 && length < size; length += more)
      more = readSync(fd, state, length, size - length, length);
    return state.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/**
 * Has a device model write into a file, in its root directory: for as long as `work` takes, there is one that it can open.
 *
 * @param work - given the file's path as the device model sees it
 * @returns what it wrote
 */
export async function writtenInChroot(
  chroot: string,
  uid: number,
  work: (path: string) => Promise<void>,
): Promise<Buffer> {
  const path = join(chroot, STATE_FILE);
  try {
    closeChroot(chroot);
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600));
    chmodSync(path, 0o600);
    chownSync(path, uid, 0);
    chmodSync(chroot, 0o711);
    await work(`/${STATE_FILE}`);
    return readState(path);
  } finally {
    closeChroot(chroot);
  }
}
