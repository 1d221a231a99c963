import { describe, expect, it } from '@jest/globals';
import { spelled } from '@xen-image/core/plugin';
import fc from 'fast-check';
import { expectExplained } from '../../core/test/support/figures.js';
import { hvmGuest, inputFor } from '../../core/test/support/guest.js';
import { IN_2009, TODAY } from '../../core/test/support/policies.js';
import { memory } from '../src/memory.js';

const KIB = fc.integer({ min: 65536, max: 2 ** 50 });

function guestOf(memoryMib: number, vcpus: number, videoMib: number) {
  const kib = memoryMib * 1024;
  return hvmGuest({
    vcpus: { maximum: vcpus, online: vcpus },
    memory: { targetKib: kib, maximumKib: kib },
    platform: { videoRamMib: spelled(videoMib) },
  });
}

describe('memory of an x86 HVM guest in 2009', () => {
  const figures = memory(inputFor(hvmGuest(), IN_2009));

  it('has video RAM on top of what is available, not of what is built', () => {
    expect(figures.available(262144).value).toBe(266240);
    expect(figures.available(0).value).toBe(4096);
    expect(figures.initialReservation.value).toBe(262144);
    expect(figures.maximumReservation.value).toBe(524288);
    expect(figures.maxMemory.value).toBe(528384);
    expect(figures.memmapLimit).toBeUndefined();
  });

  it.each([
    [0, 524288, 6144],
    [1024, 524288, 6144],
    [1048576, 524288, 1048576],
    [0, 1023, 2048],
    [0, 1025, 2056],
  ])('has a pool for %d KiB asked for and %d KiB at most of %d KiB', (shadowKib, maxmemKib, poolKib) => {
    expect(figures.shadow(shadowKib, maxmemKib).value).toBe(poolKib);
  });

  it.each([
    [256, 1, 3072],
    [4096, 4, 36864],
    [65536, 32, 557056],
  ])('has for %d MiB and %d vcpus the pool that the table of xend has', (mib, vcpus, poolKib) => {
    const input = inputFor(guestOf(mib, vcpus, 4), IN_2009);
    expect(memory(input).shadow(0, mib * 1024).value).toBe(poolKib);
    expect(memory(inputFor(guestOf(mib, vcpus, 4), IN_2009, false)).shadow(0, mib * 1024).value).toBe(poolKib);
  });
});

describe('memory of an x86 HVM guest today', () => {
  // libxl 4.17 for memory = maxmem, cirrus with 8 MiB: pool by HAP, pool by shadows, limit, populated MiB.
  it.each([
    [256, 1, 2048, 3072, 263168, 248],
    [4096, 4, 20480, 36864, 4195328, 4088],
    [65536, 32, 294912, 557056, 67109888, 65528],
  ])('for %d MiB and %d vcpus is libxl’s', (mib, vcpus, hapKib, shadowKib, limitKib, populatedMib) => {
    const config = guestOf(mib, vcpus, 8);
    const figures = memory(inputFor(config, TODAY));
    expect(figures.shadow(0, mib * 1024).value).toBe(hapKib);
    expect(memory(inputFor(config, TODAY, false)).shadow(0, mib * 1024).value).toBe(shadowKib);
    expect(figures.maxMemory.value).toBe(limitKib);
    expect(figures.initialReservation.value).toBe(populatedMib * 1024);
    expect(figures.maximumReservation.value).toBe(populatedMib * 1024);
    expect(figures.available(mib * 1024).value).toBe(mib * 1024);
  });

  it('has a shadow pool for a guest that does without HAP', () => {
    expect(memory(inputFor(hvmGuest({ platform: { hap: false } }))).shadow(0, 262144).value).toBe(4096);
  });

  it('takes a configured pool as it is', () => {
    expect(memory(inputFor(hvmGuest())).shadow(1024, 524288).value).toBe(1024);
    expect(memory(inputFor(hvmGuest())).shadow(1, 524288).value).toBe(1);
  });

  it.each([8, 16])('of %d MiB is all video RAM and refused', (mib) => {
    expect(() => memory(inputFor(guestOf(mib, 1, 16)))).toThrow(
      expect.objectContaining({
        code: 'MEMORY_TOO_SMALL',
        message: `memory of ${mib * 1024} KiB leaves nothing beside 16384 KiB of video RAM`,
        data: { targetKib: mib * 1024, videoKib: 16384 },
      }),
    );
    expect(memory(inputFor(guestOf(17, 1, 16))).initialReservation.value).toBe(1024);
  });
});

describe('memory of any x86 HVM guest', () => {
  const cases = fc.record({
    kib: KIB,
    vcpus: fc.integer({ min: 1, max: 512 }),
    policy: fc.constantFrom(IN_2009, TODAY),
    hap: fc.boolean(),
  });

  it('has every figure explained, and exact', () => {
    fc.assert(
      fc.property(cases, KIB, fc.integer({ min: 0, max: 2 ** 40 }), ({ kib, vcpus, policy, hap }, maximumKib, pool) => {
        const config = hvmGuest({ memory: { targetKib: kib, maximumKib }, vcpus: { maximum: vcpus, online: vcpus } });
        const figures = memory(inputFor(config, policy, hap));
        expectExplained(figures.initialReservation);
        expectExplained(figures.maximumReservation);
        expectExplained(figures.maxMemory);
        expectExplained(figures.available(kib));
        expectExplained(figures.shadow(0, maximumKib));
        expectExplained(figures.shadow(pool, maximumKib));
      }),
    );
  });

  it('grows with memory and vcpus', () => {
    fc.assert(
      fc.property(cases, KIB, fc.integer({ min: 0, max: 64 }), ({ kib, vcpus, policy, hap }, moreKib, moreVcpus) => {
        const figuresFor = (memoryKib: number, cpus: number) => {
          const config = hvmGuest({
            memory: { targetKib: memoryKib, maximumKib: memoryKib },
            vcpus: { maximum: cpus, online: cpus },
          });
          return memory(inputFor(config, policy, hap));
        };
        const less = figuresFor(kib, vcpus);
        const more = figuresFor(kib + moreKib, vcpus + moreVcpus);
        expect(more.shadow(0, kib + moreKib).value).toBeGreaterThanOrEqual(less.shadow(0, kib).value);
        expect(more.available(kib + moreKib).value).toBeGreaterThanOrEqual(less.available(kib).value);
        for (const name of ['initialReservation', 'maximumReservation', 'maxMemory'] as const) {
          expect(more[name].value).toBeGreaterThanOrEqual(less[name].value);
        }
      }),
    );
  });
});
