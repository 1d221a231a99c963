import { describe, expect, it } from '@jest/globals';
import { spelled } from '@xen-image/core/plugin';
import fc from 'fast-check';
import { expectExplained } from '../../core/test/support/figures.js';
import { hvmGuest, inputFor, pvGuest } from '../../core/test/support/guest.js';
import { IN_2009, TODAY } from '../../core/test/support/policies.js';
import { hvmMemory, pvMemory } from '../src/memory.js';

describe('memory of an ia64 PV guest', () => {
  it('is that of any PV guest, without a limit of the memory map', () => {
    const figures = pvMemory(inputFor(pvGuest(), IN_2009));
    expect(figures.available(262144).value).toBe(262144);
    expect(figures.initialReservation.value).toBe(262144);
    expect(figures.maximumReservation.value).toBe(524288);
    expect(figures.maxMemory.value).toBe(524288);
    expect(figures.memmapLimit).toBeUndefined();
    expect(figures.shadow(1048576, 524288).value).toBe(0);
  });
});

describe('memory of an ia64 HVM guest', () => {
  it.each([
    [262144, 282704],
    [0, 20560],
    [1, 20561],
    [524289, 544849],
  ])('needs for %d KiB %d KiB available: firmware pages of 16 KiB and video RAM', (memoryKib, availableKib) => {
    expect(hvmMemory(inputFor(hvmGuest(), IN_2009)).available(memoryKib).value).toBe(availableKib);
  });

  it('makes room for all of it, and populates the target', () => {
    const figures = hvmMemory(inputFor(hvmGuest({ memory: { targetKib: 525311 } }), IN_2009));
    expect(figures.initialReservation.value).toBe(525311);
    expect(figures.maximumReservation).toMatchObject({ name: 'maximumReservation', value: 544848 });
    expect(figures.maxMemory).toMatchObject({ name: 'maxMemory', value: 544848 });
    expect(figures.shadow(1048576, 524288).value).toBe(0);
  });

  it('has more with more video RAM', () => {
    const input = inputFor(hvmGuest({ platform: { videoRamMib: spelled(16) } }), IN_2009);
    expect(hvmMemory(input).available(0).value).toBe(32848);
  });

  it('has every figure explained, exact, and growing with memory', () => {
    const kib = fc.integer({ min: 0, max: 2 ** 50 });
    fc.assert(
      fc.property(kib, kib, fc.constantFrom(IN_2009, TODAY), (targetKib, moreKib, policy) => {
        const of = (size: number) =>
          hvmMemory(inputFor(hvmGuest({ memory: { targetKib: size, maximumKib: size } }), policy));
        const less = of(targetKib);
        const more = of(targetKib + moreKib);
        for (const name of ['initialReservation', 'maximumReservation', 'maxMemory'] as const) {
          expectExplained(more[name]);
          expect(more[name].value).toBeGreaterThanOrEqual(less[name].value);
        }
        expectExplained(more.available(moreKib));
      }),
    );
  });
});
