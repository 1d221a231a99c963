import assert from 'node:assert/strict';
import { isXenImageError, type Figure, type HandlerInput, type MemoryMath } from '@xen-image/core/plugin';
import fc from 'fast-check';
import type { Bench } from '../probe/bench.js';
import { workOut } from '../probe/formula.js';
import { assertProperty } from '../probe/property.js';
import type { Check } from './check.js';
import { figuresOf, FIXED } from './figures.js';

/** 1 PiB: 64 times the most that Xen gives a domain, and exact in every figure that is worked out without bit operators. */
const LARGEST_KIB = 2 ** 40;
/** From a byte's worth of pages to beyond all that 31, 32 and 42 bits hold, so that every width is crossed. */
const KIB = fc.oneof(fc.integer({ min: 1024, max: 2 ** 22 }), fc.integer({ min: 1024, max: LARGEST_KIB }));
const VCPUS = fc.integer({ min: 1, max: 128 });

function withMemory(bench: Bench, input: HandlerInput, targetKib: number, maximumKib: number, vcpus = 2): HandlerInput {
  return bench.vary(input, {
    memory: { targetKib, maximumKib, shadowKib: 0 },
    vcpus: { maximum: vcpus, online: vcpus },
  });
}

/** The handler's figures; nothing where it refuses the guest with a coded error, which is its right. */
function mathOf(bench: Bench, input: HandlerInput): MemoryMath | undefined {
  return unlessRefused(() => bench.handler.memory(input));
}

/** What a function answers; nothing where it refuses with a coded error. */
function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isXenImageError(error)) return undefined;
    throw error;
  }
}

function assertExplained(figure: Figure): void {
  const { name, value, formula, inputs, unit } = figure;
  assert.ok(Number.isSafeInteger(value), `${name} is ${value}, no whole number`);
  assert.ok(value >= 0, `${name} is ${value}`);
  assert.equal(unit, 'KiB', `${name} is in ${unit}; handlers answer KiB`);
  const worked = workOut(figure);
  assert.equal(worked.value, value, `${name}: ${formula} over ${JSON.stringify(inputs)} is not the value`);
  const unused = Object.keys(inputs).filter((input) => !worked.used.has(input));
  assert.deepEqual(unused, [], `${name}: inputs that ${formula} does not use`);
}

function assertNamed(math: MemoryMath): void {
  for (const name of FIXED) {
    const figure = math[name];
    if (figure !== undefined) assert.equal(figure.name, name, `the figure ${name} calls itself ${figure.name}`);
  }
  assert.equal(math.available(2048).name, 'available');
  assert.equal(math.shadow(0, 2048).name, 'shadow');
}

/** Memory math: explained, exact, growing, and in keeping with itself. */
export const memoryChecks: readonly Check[] = [
  {
    name: 'every figure has its name, its unit, and a formula that gives its value, up to 1 PiB',
    async run(bench) {
      const input = await bench.input();
      assertNamed(bench.handler.memory(input));
      const property = fc.property(KIB, KIB, KIB, VCPUS, (a, b, shadowKib, vcpus) => {
        const math = mathOf(bench, withMemory(bench, input, Math.min(a, b), Math.max(a, b), vcpus));
        if (math === undefined) return;
        assertNamed(math);
        for (const figure of figuresOf(math, input)) assertExplained(figure);
        for (const size of [a, b]) {
          assertExplained(math.available(size));
          const shadow = unlessRefused(() => math.shadow(shadowKib, size));
          if (shadow !== undefined) assertExplained(shadow);
        }
      });
      assertProperty(property);
    },
  },
  {
    name: 'no figure shrinks when a guest gets more memory',
    async run(bench) {
      const input = await bench.input();
      const property = fc.property(KIB, KIB, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const small = mathOf(bench, withMemory(bench, input, less, less));
        const large = mathOf(bench, withMemory(bench, input, more, more));
        if (small === undefined || large === undefined) return;
        for (const name of FIXED) {
          const [from, to] = [small[name]?.value ?? 0, large[name]?.value ?? 0];
          assert.ok(to >= from, `${name} is ${from} KiB for ${less} KiB, and ${to} KiB for ${more} KiB`);
        }
        const grows = (name: string, from: number, to: number): void => {
          assert.ok(to >= from, `${name} is ${from} KiB for ${less} KiB, and ${to} KiB for ${more} KiB`);
        };
        grows('available', small.available(less).value, small.available(more).value);
        grows('shadow by maximum', small.shadow(0, less).value, small.shadow(0, more).value);
        const configured = unlessRefused(
          () => [small.shadow(less, more).value, small.shadow(more, more).value] as const,
        );
        if (configured !== undefined) grows('shadow by configured size', ...configured);
      });
      assertProperty(property);
    },
  },
  {
    name: 'no figure shrinks when a guest gets more vcpus',
    async run(bench) {
      const input = await bench.input();
      const property = fc.property(VCPUS, VCPUS, KIB, (a, b, kib) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)];
        const small = mathOf(bench, withMemory(bench, input, kib, kib, few));
        const large = mathOf(bench, withMemory(bench, input, kib, kib, many));
        if (small === undefined || large === undefined) return;
        const from = small.shadow(0, kib).value;
        const to = large.shadow(0, kib).value;
        assert.ok(to >= from, `shadow is ${from} KiB for ${few} vcpus, and ${to} KiB for ${many}`);
      });
      assertProperty(property);
    },
  },
  {
    name: 'a guest may hold what is populated, and what is populated was made available',
    async run(bench) {
      const input = await bench.input();
      const property = fc.property(KIB, KIB, (a, b) => {
        const target = Math.min(a, b);
        const math = mathOf(bench, withMemory(bench, input, target, Math.max(a, b)));
        if (math === undefined) return;
        const { initialReservation: initial, maximumReservation: maximum, maxMemory } = math;
        assert.ok(initial.value <= maximum.value, `populates ${initial.value} KiB of at most ${maximum.value}`);
        assert.ok(
          initial.value <= maxMemory.value,
          `populates ${initial.value} KiB with a limit of ${maxMemory.value}`,
        );
        const available = math.available(target).value;
        assert.ok(
          initial.value <= available,
          `populates ${initial.value} KiB, but ${available} KiB are made available`,
        );
        assert.ok(available <= maxMemory.value, `claims ${available} KiB with a limit of ${maxMemory.value}`);
        if (math.memmapLimit !== undefined) {
          assert.ok(
            maximum.value <= math.memmapLimit.value,
            'the memory map ends below the most that the guest may have',
          );
        }
      });
      assertProperty(property);
    },
  },
];
