import { describe, expect, it } from '@jest/globals';
import { spelled } from '@xen-image/core/plugin';
import fc from 'fast-check';
import { expectExplained } from '../../core/test/support/figures.js';
import { inputFor, pvGuest } from '../../core/test/support/guest.js';
import { IN_2009, TODAY } from '../../core/test/support/policies.js';
import { memory } from '../src/memory.js';

const KIB = fc.integer({ min: 0, max: 2 ** 50 });

describe('memory of an x86 PV guest', () => {
  it('is what it was in 2009', () => {
    const figures = memory(inputFor(pvGuest(), IN_2009));
    expect(figures.available(262144).value).toBe(262144);
    expect(figures.initialReservation.value).toBe(262144);
    expect(figures.maximumReservation.value).toBe(524288);
    expect(figures.maxMemory.value).toBe(524288);
    expect(figures.memmapLimit.value).toBe(532480);
    expect(figures.shadow(1048576, 524288).value).toBe(0);
  });

  it('is what libxl makes of it today', () => {
    const figures = memory(inputFor(pvGuest(), TODAY));
    expect(figures.maxMemory.value).toBe(263168);
    expect(figures.memmapLimit.value).toBe(524288);
    expect(figures.shadow(0, 524288).value).toBe(0);
  });

  it.each([
    ['/usr/lib/xen/boot/ioemu-stubdom.gz', 266240],
    ['/srv/stubdom/kernel', 266240],
    ['/usr/lib/xen/boot/ioemu-Stubdom.gz', 262144],
    ['/boot/vmlinuz', 262144],
  ])('with the kernel %s needs %d KiB available', (kernel, availableKib) => {
    const input = inputFor(pvGuest({ boot: { kernel: spelled<string | null>(kernel) } }), IN_2009);
    expect(memory(input).available(262144).value).toBe(availableKib);
  });

  it('has no video RAM for stub domains today', () => {
    const input = inputFor(pvGuest({ boot: { kernel: spelled<string | null>('/stubdom') } }), TODAY);
    expect(memory(input).available(262144).value).toBe(262144);
  });

  it('has every figure explained, and exact', () => {
    fc.assert(
      fc.property(KIB, KIB, fc.constantFrom(IN_2009, TODAY), fc.boolean(), (targetKib, maximumKib, policy, stubdom) => {
        const kernel = spelled<string | null>(stubdom ? '/stubdom' : '/boot/vmlinuz');
        const figures = memory(inputFor(pvGuest({ memory: { targetKib, maximumKib }, boot: { kernel } }), policy));
        expectExplained(figures.initialReservation);
        expectExplained(figures.maximumReservation);
        expectExplained(figures.maxMemory);
        expectExplained(figures.memmapLimit);
        expectExplained(figures.available(targetKib));
        expectExplained(figures.shadow(0, maximumKib));
      }),
    );
  });

  it('grows with memory', () => {
    fc.assert(
      fc.property(KIB, KIB, fc.constantFrom(IN_2009, TODAY), (a, b, policy) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((kib) =>
          memory(inputFor(pvGuest({ memory: { targetKib: kib, maximumKib: kib } }), policy)),
        );
        for (const name of ['initialReservation', 'maximumReservation', 'maxMemory', 'memmapLimit'] as const) {
          expect(more![name].value).toBeGreaterThanOrEqual(less![name].value);
        }
      }),
    );
  });
});
