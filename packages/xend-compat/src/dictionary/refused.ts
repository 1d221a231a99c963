import { withoutStack, type ErrorSpec } from '@xen-image/core/plugin';
import { isDict, toInt, toRepr, type IntProblem } from './python.js';
import type { Dict, Json } from './input.js';

/** Ends the reading: the first problem in the original's order of evaluation. It never leaves the reader. */
export class Refused extends Error {
  constructor(readonly error: ErrorSpec) {
    super(error.message);
  }
}

function refused(error: ErrorSpec): Refused {
  return withoutStack(() => new Refused(error));
}

/** xend's own error: its text is kept. */
export function vmError(code: string, message: string, hint: string): Refused {
  return refused({ code, message, hint });
}

/** What Python called a `KeyError`. */
export function missing(name: string): Refused {
  return refused({
    code: 'XEND_CONFIG_MISSING',
    message: `the configuration has no ${name}`,
    hint: 'Add it; xend wrote every key that it read.',
  });
}

/** What Python called a `TypeError` or an `AttributeError`. */
export function wrongType(name: string, value: Json | undefined, wanted: string): Refused {
  return refused({
    code: 'XEND_CONFIG_TYPE',
    message: `${name} is ${shown(value)}, and ${wanted} is due`,
    hint: `Give ${name} as ${wanted}.`,
  });
}

/** What Python called a `ValueError`. */
export function wrongValue(name: string, value: Json | undefined, wanted: string): Refused {
  return refused({
    code: 'XEND_CONFIG_VALUE',
    message: `${name} is ${shown(value)}, and ${wanted} is due`,
    hint: `Give ${name} as ${wanted}, or leave it out.`,
  });
}

const SHOWN_LENGTH = 60;

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'not given' : toRepr(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/** Refuses what `int` or `long` refused. */
export function notAnInt(name: string, value: Json, problem: IntProblem): Refused {
  return problem === 'type'
    ? wrongType(name, value, 'a whole number')
    : wrongValue(name, value, 'a whole number in decimal');
}

/** `int(…)` of a key, for a value that is only tested: any size will do. Refuses what `int` refused. */
export function readInt(from: Dict, key: string, absent: number): number {
  const value = from[key];
  if (value === undefined) return absent;
  if (typeof value === 'number') return Math.trunc(value) + 0;
  const number = toInt(value);
  if (typeof number === 'number') return number;
  throw notAnInt(key, value, number);
}

/** `int(…)` of a key, for a value that is handed on: beyond 2^53 it would be another one, and is refused. */
export function readExactInt(from: Dict, key: string, absent: number): number {
  const number = readInt(from, key, absent);
  if (Number.isSafeInteger(number)) return number;
  throw refused({
    code: 'XEND_CONFIG_RANGE',
    message: `${key} is ${shown(from[key])}, which is beyond 2^53`,
    hint: `Give ${key} as a number that a hypercall can carry.`,
  });
}

/** A dictionary within the dictionary. Refuses its absence and any other type. */
export function readDict(from: Dict, key: string): Dict {
  const value = from[key];
  if (value === undefined) throw missing(key);
  if (!isDict(value)) throw wrongType(key, value, 'a dictionary');
  return value;
}

/** Whether xenstore could be told a value: a text, a number, or nothing. */
export function isStorable(value: Json | undefined): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null;
}
