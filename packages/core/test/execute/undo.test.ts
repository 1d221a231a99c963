import { describe, expect, it } from '@jest/globals';
import { asXenImageError, UndoStack } from '../../src/execute/undo.js';
import { XenImageError } from '../../src/errors.js';

describe('the undo stack', () => {
  it('runs the newest step first and forgets each', async () => {
    const log: string[] = [];
    const stack = new UndoStack();
    for (const name of ['one', 'two', 'three']) {
      stack.push(name, async () => {
        log.push(name);
      });
    }
    expect(stack.pending).toEqual(['one', 'two', 'three']);
    expect(await stack.unwind()).toEqual([]);
    expect(log).toEqual(['three', 'two', 'one']);
    expect(stack.pending).toEqual([]);
  });

  it('goes on when a step fails, and tells which did', async () => {
    const log: string[] = [];
    const stack = new UndoStack();
    stack.push('last', async () => {
      log.push('last');
    });
    stack.push('breaks', () => Promise.reject(new XenImageError('STUCK', 'it is stuck')));
    const failures = await stack.unwind();
    expect(failures).toMatchObject([{ name: 'breaks', error: { code: 'STUCK' } }]);
    expect(log).toEqual(['last']);
  });

  it('has nothing to do once the operation is complete', async () => {
    const stack = new UndoStack();
    stack.push('never', () => Promise.reject(new Error('ran')));
    stack.commit();
    expect(await stack.unwind()).toEqual([]);
  });
});

describe('any thrown value as a coded error', () => {
  it('keeps a coded one as it is', () => {
    const error = new XenImageError('A', 'b');
    expect(asXenImageError(error)).toBe(error);
  });

  it.each([
    [new Error('boom'), 'boom'],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('wraps %p', (thrown, message) => {
    expect(asXenImageError(thrown)).toMatchObject({ code: 'INTERNAL', message });
  });
});
