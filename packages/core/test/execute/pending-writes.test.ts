import { describe, expect, it } from '@jest/globals';
import { PendingWrites } from '../../src/execute/pending-writes.js';

describe('writes that are under way', () => {
  it('are all waited for, then the first failure is thrown, once', async () => {
    const writes = new PendingWrites();
    let over = false;
    writes.add(Promise.reject(new Error('first')));
    writes.add(
      new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => {
        over = true;
        throw new Error('second');
      }),
    );
    await expect(writes.done()).rejects.toThrow('first');
    expect(over).toBe(true);
    await expect(writes.done()).resolves.toBeUndefined();
  });

  it('may fail long before anybody asks', async () => {
    const writes = new PendingWrites();
    writes.add(Promise.reject(new Error('early')));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(writes.done()).rejects.toThrow('early');
  });
});
