import { describe } from '@jest/globals';
import { openForeign } from '../src/index.js';
import { describeForeignBackend } from './support/contract.js';

describe('koffi', () => {
  describeForeignBackend({ asyncErrno: true, bigint: true, workers: true, callbacks: true, fdWatch: true }, () =>
    openForeign({ backend: 'koffi' }),
  );
});
