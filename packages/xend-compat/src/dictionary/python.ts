/**
 * Python 2's conversions, as far as a JSON value can meet them.
 */
import type { Json } from './input.js';

/** Why a value is no whole number: its text is none (`ValueError`), or its type has none (`TypeError`). */
export type IntProblem = 'value' | 'type';

const TAB = 9;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const UPPER_L = 76;
const LOWER_L = 108;

/** The blanks of C's `isspace`: tab, newline, vertical tab, form feed, carriage return, space. */
function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && !(code >= TAB && code <= CARRIAGE_RETURN)) break;
    at++;
  }
  return at;
}

/** The code at a place, -1 beyond the end. */
function codeAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : -1;
}

/**
 * A decimal in a text: blanks around, a sign, blanks after the sign and leading zeros are fine, and where `long` is
 * meant also one `L` at the end. Beyond 2^53 the number is the nearest that there is.
 */
function decimal(text: string, long: boolean): number | 'value' {
  let at = skipBlanks(text, 0);
  const sign = codeAt(text, at);
  if (sign === PLUS || sign === MINUS) at = skipBlanks(text, at + 1);
  const first = at;
  let value = 0;
  for (let code = codeAt(text, at); code >= ZERO && code <= NINE; code = codeAt(text, ++at)) {
    value = value * 10 + (code - ZERO);
  }
  if (at === first) return 'value';
  const suffix = codeAt(text, at);
  if (long && (suffix === UPPER_L || suffix === LOWER_L)) at++;
  if (skipBlanks(text, at) !== text.length) return 'value';
  return sign === MINUS ? 0 - value : value;
}

/** Python's `int(value)`. */
export function toInt(value: Json): number | IntProblem {
  // Python has one zero: adding 0 makes -0 that one.
  if (typeof value === 'number') return Math.trunc(value) + 0;
  if (typeof value === 'string') return decimal(value, false);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return 'type';
}

/** Python's `long(text)`, which takes a trailing `L` or `l`. */
export function toLong(text: string): number | IntProblem {
  return decimal(text, true);
}

/** Whether Python takes a value for true. */
export function isTrue(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (typeof value !== 'object') return true;
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}

/** Python's `str(value)`: what `%s` puts in a text. */
export function toText(value: Json): string {
  if (typeof value === 'string') return value;
  return toRepr(value);
}

/** Python's `repr(value)`: a text in quotes. */
export function toRepr(value: Json): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(toRepr).join(', ')}]`;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return `{${entries.map(([key, item]) => `${quoted(key)}: ${toRepr(item)}`).join(', ')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A text that Python quotes without changing it. */
const PLAIN = /^[ !#-&(-[\]-~]*$/;

/** A text as Python 2 quotes it: bytes that are no printable ASCII as `\xNN`. */
function quoted(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let inner = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (character === quote) inner += `\\${character}`;
    else if (ESCAPES[character] !== undefined) inner += ESCAPES[character];
    else if (byte >= 0x20 && byte < 0x7f) inner += character;
    else inner += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return quote + inner + quote;
}

/** What a `for` loop of Python's goes over: a list's items, a text's characters, a dictionary's keys. */
export function iterate(value: Json): readonly Json[] | undefined {
  if (Array.isArray(value)) return value as readonly Json[];
  if (typeof value === 'string') return Array.from(value);
  if (typeof value === 'object' && value !== null) return Object.keys(value);
  return undefined;
}

/** Whether a value is a dictionary. */
export function isDict(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
