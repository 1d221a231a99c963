export { errnoName, UNKNOWN_ERRNO } from './errno.js';
export { FFI_VARIABLE, FOREIGN_BACKENDS, openForeign } from './open.js';
export type { ForeignBackendName, OpenForeignOptions } from './open.js';
export { signature } from './types.js';
export type {
  CallOutcome,
  FdWatch,
  ForeignArgument,
  ForeignArgumentOf,
  ForeignArguments,
  ForeignArgumentType,
  ForeignBackend,
  ForeignCallback,
  ForeignFunction,
  ForeignLibrary,
  ForeignMemory,
  ForeignResult,
  ForeignResultOf,
  ForeignSignature,
  ForeignSupports,
  ForeignType,
  PointerValue,
} from './types.js';
