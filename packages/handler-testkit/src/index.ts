/**
 * The conformance suite that an image handler runs against itself.
 *
 * @packageDocumentation
 */
export { handlerSuite } from './suite.js';
export type { GuestSettings, HandlerSuiteOptions, TestFunction } from './options.js';
export { workOut, type WorkedOut } from './probe/formula.js';
