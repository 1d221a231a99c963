import { describe, expect, it } from '@jest/globals';
import { openForeign } from '../src/index.js';
import { describeWithFfiNapi, ffiNapiBuilt } from './support/built.js';
import { describeForeignBackend } from './support/contract.js';

describe('ffi-napi, installed', () => {
  // CI says whether it must be there, so that its tests are not left out by mistake.
  const { XEN_IMAGE_TEST_FFI_NAPI } = process.env;

  it(`is ${ffiNapiBuilt ? 'opened' : 'refused by name where it was not built'}`, async () => {
    const opening = openForeign({ backend: 'ffi-napi' });
    if (ffiNapiBuilt) await expect(opening).resolves.toMatchObject({ name: 'ffi-napi' });
    else await expect(opening).rejects.toMatchObject({ code: 'FFI_NOT_INSTALLED' });
    if (XEN_IMAGE_TEST_FFI_NAPI !== undefined) expect(ffiNapiBuilt).toBe(XEN_IMAGE_TEST_FFI_NAPI === 'built');
  });
});

describeWithFfiNapi('ffi-napi', () => {
  describeForeignBackend({ asyncErrno: false, bigint: true, workers: false, callbacks: true, fdWatch: false }, () =>
    openForeign({ backend: 'ffi-napi' }),
  );
});
