/**
 * The handlers of ia64 guests, PV and HVM.
 *
 * @packageDocumentation
 */
export { ia64HvmHandler, ia64PvHandler } from './handler.js';
export { IA64, type Ia64 } from './ia64.js';
export { ia64Plugin, ia64Plugin as default } from './plugin.js';
