import { expect } from '@jest/globals';
import type { Figure } from '../../src/plugin.js';

/** Works a figure's formula out over its inputs. */
export function workedOut({ formula, inputs }: Figure): number {
  const names = Object.keys(inputs);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- formulas of our own, in a test
  const compute = new Function('max', 'floor', 'ceil', ...names, `return ${formula};`) as (...all: unknown[]) => number;
  return compute(Math.max, Math.floor, Math.ceil, ...Object.values(inputs));
}

/** Expects that the formula, over the inputs, gives the value, and that the value is an exact integer. */
export function expectExplained(figure: Figure): void {
  expect({ name: figure.name, value: workedOut(figure) }).toEqual({ name: figure.name, value: figure.value });
  expect(Number.isSafeInteger(figure.value)).toBe(true);
}
