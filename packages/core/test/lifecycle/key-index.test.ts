import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { KeyIndex } from '../../src/lifecycle/key-index.js';

describe('an index by key', () => {
  it('has what was added under a key and not removed since, in that order, as a set for each key has', () => {
    const values = Array.from({ length: 4 }, (_, id) => ({ id }));
    const step = fc.record({
      key: fc.constantFrom('a', 'b'),
      value: fc.constantFrom(...values),
      adds: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = new KeyIndex<{ id: number }>();
        const model = new Map([
          ['a', new Set<object>()],
          ['b', new Set<object>()],
        ]);
        for (const { key, value, adds } of steps) {
          if (adds) index.add(key, value);
          else index.remove(key, value);
          if (adds) model.get(key)!.add(value);
          else model.get(key)!.delete(value);
          for (const [each, there] of model) expect(index.get(each)).toEqual([...there]);
        }
      }),
    );
  });
});
