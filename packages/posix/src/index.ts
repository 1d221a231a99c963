export { RESOURCES } from './limits.js';
export type { Resource, ResourceLimits } from './limits.js';
export { posixPlugin } from './plugin.js';
export { createPosix } from './posix.js';
export type { LinuxPosix } from './posix.js';
export { openFifoForBoth, openFifoForReading, openRegularFile } from './safe-open.js';
export type { OpenRegularFileOptions } from './safe-open.js';
