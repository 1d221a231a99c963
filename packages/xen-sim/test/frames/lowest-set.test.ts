import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LowestSet } from '../../src/frames/lowest-set.js';

describe('a set that knows its lowest member', () => {
  it('agrees with a plain set after any sequence of changes', () => {
    const change = fc.record({ add: fc.boolean(), value: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        const set = new LowestSet();
        const plain = new Set<number>();
        for (const { add, value } of changes) {
          if (add) {
            set.add(value);
            plain.add(value);
          } else expect(set.delete(value)).toBe(plain.delete(value));
          expect(set.lowest()).toBe(plain.size === 0 ? undefined : Math.min(...plain));
          expect(set.size).toBe(plain.size);
        }
        expect(set.sorted()).toEqual([...plain].sort((a, b) => a - b));
      }),
    );
  });

  it('stays small when members come and go', () => {
    const set = new LowestSet();
    for (let at = 0; at < 100_000; at += 1) {
      set.add(at % 10);
      set.delete(at % 10);
    }
    expect(JSON.stringify(set.sorted())).toBe('[]');
    set.add(7);
    expect(set.lowest()).toBe(7);
  });
});
