/**
 * The `xen-image` command, for programs that run it in their own process.
 *
 * @packageDocumentation
 */
export { main } from './main.js';
export { EXIT } from './exit-codes.js';
export type { Io, TextSink } from './io.js';
