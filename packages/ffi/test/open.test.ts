import { describe, expect, it } from '@jest/globals';
import { openForeign } from '../src/index.js';
import { describeWithFfiNapi } from './support/built.js';

describe('openForeign', () => {
  it('opens koffi by default', async () => {
    expect((await openForeign({ env: {} })).name).toBe('koffi');
    expect((await openForeign({ env: { XEN_IMAGE_FFI: '' } })).name).toBe('koffi');
  });

  it('takes the option before the variable', async () => {
    expect((await openForeign({ backend: 'koffi', env: { XEN_IMAGE_FFI: 'ffi-napi' } })).name).toBe('koffi');
  });

  it('opens each once', async () => {
    const [one, two] = await Promise.all([openForeign({ env: {} }), openForeign({ backend: 'koffi' })]);
    expect(two).toBe(one);
  });

  it('refuses a name that it does not know, and says where the name came from', async () => {
    await expect(openForeign({ env: { XEN_IMAGE_FFI: 'dlopen' } })).rejects.toMatchObject({
      code: 'FFI_UNKNOWN',
      message: "there is no implementation of foreign calls named 'dlopen' (from XEN_IMAGE_FFI)",
      hint: 'use one of: koffi, ffi-napi',
    });
    await expect(openForeign({ backend: 'toString', env: {} })).rejects.toMatchObject({ code: 'FFI_UNKNOWN' });
  });
});

describeWithFfiNapi('openForeign', () => {
  it('lets the variable choose', async () => {
    expect((await openForeign({ env: { XEN_IMAGE_FFI: 'ffi-napi' } })).name).toBe('ffi-napi');
  });
});
