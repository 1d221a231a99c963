import type { Json } from '../dictionary/input.js';

/** Where two values differ: the path within them, and both values there. */
export interface Mismatch {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * Whether two JSON values are the same; key order has no meaning. Python's `True` and `False` are the numbers 1 and 0,
 * as hypercalls take them.
 */
export function same(expected: unknown, actual: unknown): boolean {
  if (expected === actual) return true;
  if (typeof expected === 'boolean') return typeof actual === 'number' && Number(expected) === actual;
  if (typeof expected !== 'object' || typeof actual !== 'object' || expected === null || actual === null) return false;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || expected.length !== actual.length) return false;
    for (let index = 0; index < expected.length; index++) {
      if (expected[index] !== actual[index] && !same(expected[index], actual[index])) return false;
    }
    return true;
  }
  return !Array.isArray(actual) && sameKeys(expected as Fields, actual as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function sameKeys(expected: Fields, actual: Fields): boolean {
  let keys = 0;
  for (const key in expected) {
    keys++;
    if (expected[key] === actual[key]) continue;
    if (!Object.hasOwn(actual, key) || !same(expected[key], actual[key])) return false;
  }
  for (const key in actual) if (actual[key] !== undefined || Object.hasOwn(expected, key)) keys--;
  return keys === 0;
}

/** Whether a text says what was recorded: a number in decimal, a text as it is. */
export function sameText(expected: Json | undefined, actual: unknown): boolean {
  return expected === actual || (typeof expected === 'number' && String(expected) === actual);
}

/** The first place where two lists of texts differ. */
export function differingTexts(expected: readonly Json[], actual: readonly Json[], path: string): Mismatch | undefined {
  const length = Math.max(expected.length, actual.length);
  for (let index = 0; index < length; index++) {
    if (index < expected.length && index < actual.length) {
      if (expected[index] === actual[index] || sameText(expected[index], actual[index])) continue;
    }
    return { path: `${path}[${index}]`, expected: expected[index], actual: actual[index] };
  }
  return undefined;
}
