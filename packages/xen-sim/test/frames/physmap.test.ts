import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Physmap } from '../../src/frames/physmap.js';

describe('which machine frame stands behind which guest frame', () => {
  it('joins runs that follow one another on both sides, and no others', () => {
    const physmap = new Physmap();
    physmap.add(0, 100, 10);
    physmap.add(20, 120, 10);
    physmap.add(10, 110, 10);
    expect(physmap.runs).toEqual([{ gfn: 0, mfn: 100, count: 30 }]);
    physmap.add(30, 500, 1);
    expect(physmap.runs).toHaveLength(2);
  });

  it('refuses a guest frame that has memory', () => {
    const physmap = new Physmap([{ gfn: 10, mfn: 100, count: 10 }]);
    for (const [gfn, count] of [
      [19, 1],
      [5, 6],
      [0, 100],
      [12, 2],
    ] as const) {
      expect(() => {
        physmap.add(gfn, 900, count);
      }).toThrow('twice');
    }
    expect(physmap.frames).toBe(10);
  });

  it('agrees with a map of single frames', () => {
    const all = Array.from({ length: 75 }, (_, at) => at);
    const change = fc.record({ add: fc.boolean(), gfn: fc.nat(60), count: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const physmap = new Physmap();
        const plain = new Map<number, number>();
        let mfn = 1000;
        for (const { add, gfn, count } of changes) {
          const range = Array.from({ length: count }, (_, at) => gfn + at);
          const taken = range.some((at) => plain.has(at));
          expect(physmap.overlaps(gfn, count)).toBe(taken);
          if (add && !taken) {
            physmap.add(gfn, mfn, count);
            for (const at of range) plain.set(at, mfn++);
          } else if (!add) {
            const freed = physmap.remove(gfn, count).flatMap(({ start, count: frames }) => {
              return Array.from({ length: frames }, (_, at) => start + at);
            });
            expect(freed).toEqual(range.flatMap((at) => plain.get(at) ?? []));
            for (const at of range) plain.delete(at);
          }
          expect(physmap.frames).toBe(plain.size);
          // All at once: half a million expectations take many seconds.
          expect(all.map((at) => physmap.mfnOf(at))).toEqual(all.map((at) => plain.get(at)));
        }
      }),
      { numRuns: 200 },
    );
  });
});
