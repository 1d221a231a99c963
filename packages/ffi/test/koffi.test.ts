import { describe, expect, it } from '@jest/globals';
import { openForeign } from '../src/index.js';
import { koffiDriver } from '../src/koffi.js';
import { describeForeignBackend } from './support/contract.js';

describe('koffi', () => {
  describeForeignBackend({ asyncErrno: true, bigint: true, workers: true, callbacks: true, fdWatch: true }, () =>
    openForeign({ backend: 'koffi' }),
  );

  it('loads a library, and binds a function of it, once in a process', async () => {
    const [one, other] = [await koffiDriver(), await koffiDriver()].map((driver) => driver.load('libc.so.6'));
    expect(one).toBe(other);
    expect(one?.bind('abs', 'int32', ['int32'])).toBe(other?.bind('abs', 'int32', ['int32']));
  });

  it('binds a function anew for other types', async () => {
    const libc = (await koffiDriver()).load('libc.so.6');
    const narrow = libc.bind('labs', 'int32', ['int32']);
    const wide = libc.bind('labs', 'int64', ['int64']);
    expect(wide).not.toBe(narrow);
    expect(wide.call([-(2n ** 40n)])).toBe(2n ** 40n);
  });
});
