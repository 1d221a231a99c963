/**
 * The largest configuration text that is read, in bytes: 16 MiB, some ten thousand times a long guest file.
 *
 * Whoever reads a file checks its size against this before reading, so that a disk image given by mistake is never
 * held in memory.
 */
export const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** How deep lists may stand in lists. xl.cfg(5) needs three (`vsnd`); deeper text is a mistake or an attack. */
export const MAX_LIST_DEPTH = 64;

/** How many characters one unquoted number or word may have. */
export const MAX_BARE_LENGTH = 256;
