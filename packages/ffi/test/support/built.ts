import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { FOREIGN_BACKENDS, type ForeignBackendName } from '../../src/index.js';

const cwd = fileURLToPath(new URL('.', import.meta.url));

/** Whether ffi-napi can be loaded: its install script compiles it, and `npm ci --ignore-scripts` leaves that out. */
export const ffiNapiBuilt =
  spawnSync(process.execPath, ['--eval', "require('ffi-napi')"], { cwd, stdio: 'ignore' }).status === 0;

/** The implementations of foreign calls that can be loaded here; koffi always. */
export const BUILT: readonly ForeignBackendName[] = FOREIGN_BACKENDS.filter(
  (name) => name !== 'ffi-napi' || ffiNapiBuilt,
);

/** `describe` for what needs ffi-napi; where it is not built its tests are reported as skipped. */
export const describeWithFfiNapi = ffiNapiBuilt ? describe : describe.skip;
