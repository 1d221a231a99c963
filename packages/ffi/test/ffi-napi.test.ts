import { describe } from '@jest/globals';
import { openForeign } from '../src/index.js';
import { describeForeignBackend } from './support/contract.js';

describe('ffi-napi', () => {
  describeForeignBackend({ asyncErrno: false, bigint: true, workers: false, callbacks: true, fdWatch: false }, () =>
    openForeign({ backend: 'ffi-napi' }),
  );
});
