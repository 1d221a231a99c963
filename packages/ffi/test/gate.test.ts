import { describe, expect, it } from '@jest/globals';
import { createGate, threadPoolSize } from '../src/gate.js';

describe('createGate', () => {
  it('lets the others wait in order', () => {
    const gate = createGate(2);
    const leaves: (() => void)[] = [];
    const started: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      gate.enter((leave) => {
        started.push(name);
        leaves.push(leave);
      });
    }
    expect(started).toEqual(['a', 'b']);
    leaves[1]?.();
    expect(started).toEqual(['a', 'b', 'c']);
    leaves[1]?.();
    expect(started).toEqual(['a', 'b', 'c']);
    leaves[0]?.();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has its places back when all have left', () => {
    const gate = createGate(1);
    let ran = 0;
    for (let n = 0; n < 10_000; n++) {
      gate.enter((leave) => {
        ran += 1;
        leave();
      });
    }
    expect(ran).toBe(10_000);
  });
});

describe('threadPoolSize', () => {
  it.each([
    [undefined, 4],
    ['', 4],
    ['12', 12],
    ['0', 1],
    ['nonsense', 1],
    ['9999', 1024],
  ])('reads UV_THREADPOOL_SIZE=%s as %s', (text, size) => {
    expect(threadPoolSize({ UV_THREADPOOL_SIZE: text })).toBe(size);
  });
});
