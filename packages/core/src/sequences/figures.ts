import type { Figure } from '../contract/memory.js';

const KIB_PER_MIB = 1024;

/** Whole MiB in an amount of KiB, rounded down (towards minus infinity). Exact up to 2^53. */
export function wholeMib(kib: number): number {
  return Math.floor(kib / KIB_PER_MIB);
}

/**
 * A memory figure with its explanation.
 *
 * The formula is written over the inputs' names, numbers, `+ - *`, parentheses, `max(…)`, `ceil(…)` and `floor(…)`, so
 * that it can be worked out by a reader, or a program, and gives the value.
 */
export function figure(
  name: string,
  value: number,
  formula: string,
  inputs: Readonly<Record<string, number>>,
  unit: Figure['unit'] = 'KiB',
): Figure {
  return { name, value, unit, formula, inputs };
}
