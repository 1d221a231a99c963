import { describe, expect, it } from '@jest/globals';
import { isXenImageError, withoutStack, XenImageError } from '../src/errors.js';

function failing(): XenImageError {
  return new XenImageError('X', 'no', { call: 'xc_call', errno: 'ENOMEM', domain: { domid: 5 }, cause: 'why' });
}

describe('an error with further details', () => {
  it('keeps what it already says, so that the innermost place has the word', () => {
    const copy = failing().with({ call: 'other', phase: 'build', domain: { domid: 1, name: 'web' }, hint: 'do' });
    expect(copy.toJSON()).toEqual({
      code: 'X',
      message: 'no',
      phase: 'build',
      domain: { domid: 5, name: 'web' },
      call: 'xc_call',
      errno: 'ENOMEM',
      hint: 'do',
      cause: 'why',
    });
  });

  it('is another error, and leaves the first as it was', () => {
    const error = failing();
    const copy = error.with({ phase: 'build' });
    expect(copy).not.toBe(error);
    expect(error.phase).toBeUndefined();
    expect(isXenImageError(copy)).toBe(true);
  });

  it('shows where the first was made', () => {
    const error = failing();
    expect(error.with({}).with({}).stack).toBe(error.stack);
    expect(error.stack).toContain('failing');
  });

  it('has a cause only where there is one', () => {
    expect('cause' in new XenImageError('X', 'no').with({ phase: 'build' })).toBe(false);
    expect(failing().with({ cause: 'other' }).cause).toBe('why');
  });

  it('speaks of a domain only where one is known', () => {
    expect(new XenImageError('X', 'no').with({ phase: 'config' }).toJSON()).not.toHaveProperty('domain');
    expect(new XenImageError('X', 'no').with({ domain: { domid: 3 } }).domain).toEqual({ domid: 3 });
  });
});

describe('an error without stack', () => {
  it('has none, and errors after it have theirs', () => {
    const error = withoutStack(failing);
    expect(error.stack).not.toContain('failing');
    expect(new Error('later').stack).toContain('errors.test');
  });

  it('does not take the stack of others where it cannot be made', () => {
    const limit = Error.stackTraceLimit;
    expect(() =>
      withoutStack((): Error => {
        throw new TypeError('no');
      }),
    ).toThrow('no');
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
