import { statSync } from 'node:fs';

const MIB = 1024 ** 2;

/** Room for the state of all devices, and for a log. */
const MOST_FILE_BYTES = 64 * MIB;
/** QEMU's threads: some for each disk, screen and clock; its pool has 64 at most. */
const MOST_THREADS = 256;
const MOST_DESCRIPTORS = 1024;

/**
 * Limits of a device model, which bound what one that a guest got the better of takes from dom0. Files are bounded where
 * none of its disks is a file: such a disk may be of any size.
 *
 * @param writes - paths of what it writes to
 */
export function limitsFor(writes: readonly string[]): Readonly<Record<string, number>> {
  const writesFiles = writes.some((path) => statSync(path, { throwIfNoEntry: false })?.isBlockDevice() !== true);
  return {
    core: 0,
    memlock: 0,
    msgqueue: 0,
    nproc: MOST_THREADS,
    nofile: MOST_DESCRIPTORS,
    ...(writesFiles ? {} : { fsize: MOST_FILE_BYTES }),
  };
}
