/**
 * The handler of x86 PV guests.
 *
 * @packageDocumentation
 */
export { x86PvHandler } from './handler.js';
export { x86PvPlugin, x86PvPlugin as default } from './plugin.js';
