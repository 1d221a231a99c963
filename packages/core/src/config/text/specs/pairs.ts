import { closest } from 'fastest-levenshtein';
import type { XenImageError } from '../../../errors.js';
import { specError, specText, type SpecSource } from './source.js';

/** A `key=value` of a specification, or a bare flag (`value` null), with the offsets of both from 0. */
export interface SpecPair {
  readonly key: string;
  readonly value: string | null;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

/**
 * Splits `key=value,flag,key=value`.
 *
 * Blanks around keys and values are left out, and so are empty places between commas, as xl (strtok) and xm
 * (comma_sep_kv_to_dict) have it between them. A value keeps every `=` after the first.
 *
 * @param begin - where the pairs begin
 */
export function splitPairs(source: SpecSource, begin = 0): SpecPair[] {
  const text = specText(source);
  const pairs: SpecPair[] = [];
  for (let from = begin; from <= text.length;) {
    const comma = text.indexOf(',', from);
    const end = comma === -1 ? text.length : comma;
    const equals = text.indexOf('=', from);
    const keyEnd = equals === -1 || equals > end ? end : equals;
    const key = text.slice(from, keyEnd).trim();
    const keyOffset = from + leadingBlanks(text.slice(from, keyEnd));
    if (keyEnd < end) {
      const value = text.slice(keyEnd + 1, end);
      pairs.push({ key, value: value.trim(), keyOffset, valueOffset: keyEnd + 1 + leadingBlanks(value) });
    } else if (key !== '') {
      pairs.push({ key, value: null, keyOffset, valueOffset: end });
    }
    from = end + 1;
  }
  return pairs;
}

function leadingBlanks(text: string): number {
  return text.length - text.trimStart().length;
}

/** The hint for a name that is not among those known. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (name.length > 64) return `known are ${known.join(', ')}`;
  return `is ${closest(name, known)} meant? Known are ${known.join(', ')}`;
}

/** The error for a key that a kind of specification does not have. */
export function unknownKey(
  code: string,
  what: string,
  pair: SpecPair,
  known: readonly string[],
  source: SpecSource,
): XenImageError {
  return specError(code, `${what} has no \`${clip(pair.key)}\``, source, pair.keyOffset, didYouMean(pair.key, known));
}

/** Text for a message: cut where it is long, and without control characters. */
export function clip(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd');
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
