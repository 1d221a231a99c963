import { BUILT } from '../../../ffi/test/support/built.js';
import { createPosix, type LinuxPosix } from '../../src/index.js';

/** The port over each implementation of foreign calls: they differ in how a descriptor is watched. */
export const IMPLEMENTATIONS: readonly [name: string, posix: LinuxPosix][] = BUILT.map((backend) => [
  backend,
  createPosix({ backend }),
]);
