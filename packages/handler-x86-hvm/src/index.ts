/**
 * The handler of x86 HVM guests.
 *
 * @packageDocumentation
 */
export { x86HvmHandler } from './handler.js';
export { x86HvmPlugin, x86HvmPlugin as default } from './plugin.js';
