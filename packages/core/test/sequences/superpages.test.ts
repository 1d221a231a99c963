import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nearestSuperpageSizesKib, refuseSuperpages, requireWholeSuperpages } from '../../src/plugin.js';
import { inputFor, pvGuest } from '../support/guest.js';
import { IN_2009 } from '../support/policies.js';

const all2M = { extents: { value: 'all2M', spelling: 1 } } as const;

function guestOf(targetKib: number) {
  return pvGuest({ boot: all2M, memory: { targetKib } });
}

describe('a guest of 2 MiB extents alone', () => {
  it.each([2048, 262144, 264192])('can have %d KiB', (targetKib) => {
    expect(() => {
      requireWholeSuperpages(inputFor(guestOf(targetKib)));
    }).not.toThrow();
  });

  it.each([
    [1024, 'Give the guest 2 MiB, or leave superpages out.', [2048]],
    [0, 'Give the guest 2 MiB, or leave superpages out.', [2048]],
    [263168, 'Give the guest 256 MiB or 258 MiB, or leave superpages out.', [262144, 264192]],
    [262145, 'Give the guest 256 MiB or 258 MiB, or leave superpages out.', [262144, 264192]],
  ])('cannot have %d KiB', (targetKib, hint, nearestKib) => {
    expect(() => {
      requireWholeSuperpages(inputFor(guestOf(targetKib)));
    }).toThrow(
      expect.objectContaining({
        code: 'SUPERPAGES_UNEVEN',
        message: `memory of ${targetKib} KiB cannot be made of 2 MiB extents alone`,
        phase: 'plan',
        hint,
        data: { targetKib, nearestKib },
      }),
    );
  });

  it('is not looked at where the policy builds it as it comes', () => {
    expect(() => {
      requireWholeSuperpages(inputFor(guestOf(263168), IN_2009));
      refuseSuperpages(inputFor(guestOf(263168), IN_2009), 'why');
    }).not.toThrow();
  });

  it('is refused by a handler that cannot have it', () => {
    expect(() => {
      refuseSuperpages(inputFor(guestOf(262144)), 'the VGA window is in the way');
    }).toThrow(
      expect.objectContaining({
        code: 'SUPERPAGES_UNSUPPORTED',
        message: 'the guest cannot have 2 MiB extents alone: the VGA window is in the way',
      }),
    );
  });
});

describe('a guest of the largest extents that fit', () => {
  it('can have any size', () => {
    expect(() => {
      requireWholeSuperpages(inputFor(pvGuest({ memory: { targetKib: 263169 } })));
      refuseSuperpages(inputFor(pvGuest({ memory: { targetKib: 263169 } })), 'why');
    }).not.toThrow();
  });
});

describe('the nearest sizes', () => {
  it('enclose the size that was asked for, and can be had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 44 }), (kib) => {
        const sizes = nearestSuperpageSizesKib(kib);
        for (const size of sizes) {
          expect(size % 2048).toBe(0);
          expect(size).toBeGreaterThan(0);
          expect(Math.abs(size - kib)).toBeLessThanOrEqual(2048);
        }
        expect(sizes.at(-1)).toBeGreaterThan(kib);
      }),
    );
  });
});
