import { closest } from 'fastest-levenshtein';
import type { CpuidLeaf, CpuidRegister } from '../../../contract/ports/cpu-policy.js';
import { wholeNumber } from '../number.js';
import { CPUID_FIELDS, type CpuidField } from './cpuid-fields.js';
import { clip, splitPairs, type SpecPair } from './pairs.js';
import { specError, specText, type SpecSource } from './source.js';

const REGISTERS: readonly CpuidRegister[] = ['eax', 'ebx', 'ecx', 'edx'];
const UINT32_MAX = 0xffff_ffff;

/**
 * Reads `cpuid` in libxl's spelling: `host`, then `name=value` for features (`0`, `1`, `x`, `k`, `s`) and figures
 * (`family=16`, `maxleaf=0xb`), as in xl.cfg(5).
 *
 * xl sets what it understands and prints a line for the rest; here anything not understood is an error.
 *
 * @returns a leaf for each that is spoken of, in that order, with masks of 32 characters
 * @throws XenImageError `CONFIG_CPUID`
 */
export function parseCpuidHost(source: SpecSource): CpuidLeaf[] {
  const [first, ...pairs] = splitPairs(source);
  if (first === undefined) return [];
  if (first.key !== 'host' || first.value !== null) {
    throw specError(
      'CONFIG_CPUID',
      'the first word is not `host`',
      source,
      first.keyOffset,
      'as in "host,tm=0,sse3=0"; leaves and registers go in a list',
    );
  }
  const leaves = new Map<string, { leaf: CpuidLeaf; masks: Partial<Record<CpuidRegister, string>> }>();
  for (const pair of pairs) {
    const field = CPUID_FIELDS.get(pair.key);
    if (field === undefined) {
      throw specError(
        'CONFIG_CPUID',
        `CPUID has no \`${clip(pair.key)}\` by that name`,
        source,
        pair.keyOffset,
        nearestField(pair.key),
      );
    }
    const { leaf, subleaf, register } = field;
    const key = cpuidKey(leaf, subleaf);
    let entry = leaves.get(key);
    if (entry === undefined) {
      const masks = {};
      entry = { leaf: { key, leaf, subleaf, masks }, masks };
      leaves.set(key, entry);
    }
    const before = entry.masks[register] ?? 'x'.repeat(32);
    entry.masks[register] = withField(before, pair.key, field, fieldValue(pair, field, source));
  }
  return [...leaves.values()].map(({ leaf }) => leaf);
}

function nearestField(name: string): string {
  const known = 'the names are those of xl.cfg(5)';
  return name.length > 64 ? known : `is ${closest(name, [...CPUID_FIELDS.keys()])} meant? ${known}`;
}

/** The key that a leaf has in xend's spelling. */
function cpuidKey(leaf: number, subleaf: number | null): string {
  const hex = leaf < 0x10000 ? String(leaf) : `0x${leaf.toString(16)}`;
  return subleaf === null ? hex : `${hex},${String(subleaf)}`;
}

/** What a field is set to: a number, or the letter that stands in each of its bits. */
function fieldValue(pair: SpecPair, field: CpuidField, source: SpecSource): number | string {
  const { value, key, keyOffset, valueOffset } = pair;
  if (value === null)
    throw specError('CONFIG_CPUID', `\`${key}\` has no value`, source, keyOffset, `write ${key}=0 or ${key}=1`);
  if (['x', 'k', 's'].includes(value)) return value;
  const number = value.length > 12 ? undefined : wholeNumber(value);
  // The family is spread over two fields of the register, 15 in the one and up to 255 in the other.
  const limit = key === 'family' ? 15 + 255 : 2 ** field.length - 1;
  if (number === undefined || number > limit) {
    const range = field.length === 1 ? '0, 1, x, k or s' : `a number from 0 to ${String(limit)}, or x, k or s`;
    throw specError(
      'CONFIG_CPUID',
      `${key}=${clip(value)} cannot be set`,
      source,
      valueOffset,
      `${key} takes ${range}`,
    );
  }
  return number;
}

/** A mask with a field put into it. Family and model are each split over a base and an extension (leaf 1, EAX). */
function withField(mask: string, name: string, field: CpuidField, value: number | string): string {
  if (name === 'family') {
    const base = typeof value === 'string' ? value : Math.min(value, 15);
    const extension = typeof value === 'string' ? value : Math.max(value - 15, 0);
    return withBits(withBits(mask, 8, 4, base), 20, 8, extension);
  }
  if (name === 'model') {
    const base = typeof value === 'string' ? value : value & 15;
    const extension = typeof value === 'string' ? value : value >> 4;
    return withBits(withBits(mask, 4, 4, base), 16, 4, extension);
  }
  return withBits(mask, field.bit, field.length, value);
}

function withBits(mask: string, bit: number, length: number, value: number | string): string {
  const bits = typeof value === 'string' ? value.repeat(length) : value.toString(2).padStart(length, '0');
  const from = 32 - bit - length;
  return mask.slice(0, from) + bits + mask.slice(from + length);
}

/**
 * Reads a member of a `cpuid` or `cpuid_check` list, in xend's spelling: `LEAF[,SUBLEAF]:REG=MASK,…`, the masks 32 characters
 * of `1`, `0`, `x`, `k` and `s`, bit 31 first. Leaves are decimal or, after `0x`, hexadecimal. xend's examples also set whole
 * registers (`eax=0x3`): that is taken, and becomes a mask of `0` and `1`.
 *
 * @returns the leaf, its key as it was spelled
 * @throws XenImageError `CONFIG_CPUID`
 */
export function parseCpuidLeaf(source: SpecSource): CpuidLeaf {
  const text = specText(source);
  const colon = text.indexOf(':');
  if (colon === -1) {
    throw specError(
      'CONFIG_CPUID',
      'a colon is missing behind the leaf',
      source,
      text.length,
      'as in 1:ecx=… or 7,0:ebx=…',
    );
  }
  const key = text.slice(0, colon).trim();
  const [leafText = '', subleafText, more] = key.split(',');
  const leaf = index(leafText.trim());
  const subleaf = subleafText === undefined ? null : index(subleafText.trim());
  if (leaf === undefined || subleaf === undefined || more !== undefined) {
    throw specError(
      'CONFIG_CPUID',
      `\`${clip(key)}\` is no leaf`,
      source,
      0,
      'a leaf is a number, or two for a sub-leaf: 7,0',
    );
  }
  const masks: Partial<Record<CpuidRegister, string>> = {};
  for (const pair of splitPairs(source, colon + 1)) {
    const register = REGISTERS.find((name) => name === pair.key);
    if (register === undefined) {
      const message = `\`${clip(pair.key)}\` is no register`;
      throw specError('CONFIG_CPUID', message, source, pair.keyOffset, `the registers are ${REGISTERS.join(', ')}`);
    }
    if (masks[register] !== undefined) {
      throw specError('CONFIG_CPUID', `${register} is given twice`, source, pair.keyOffset);
    }
    masks[register] = registerMask(pair, source);
  }
  return { key, leaf, subleaf, masks };
}

function registerMask({ key, value, valueOffset }: SpecPair, source: SpecSource): string {
  if (value !== null && /^[01xks]{32}$/.test(value)) return value;
  if (value !== null && /^0x[0-9a-f]{1,8}$/i.test(value)) return withBits('', 0, 32, Number(value));
  const wrong = value === null ? -1 : value.search(/[^01xks]/);
  if (value === null || wrong === -1) {
    const message = `the mask of ${key} has ${String(value?.length ?? 0)} characters, not 32`;
    throw specError('CONFIG_CPUID', message, source, valueOffset, 'one for each bit, bit 31 first');
  }
  const message = `\`${clip(value.charAt(wrong))}\` is nothing that a bit can be`;
  throw specError('CONFIG_CPUID', message, source, valueOffset + wrong, 'a bit is 1, 0, x, k or s');
}

function index(text: string): number | undefined {
  const number = text.length > 12 ? undefined : wholeNumber(text);
  return number === undefined || number > UINT32_MAX ? undefined : number;
}
