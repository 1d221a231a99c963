import { XenImageError } from '../../../errors.js';
import { wholeNumber } from '../number.js';
import type { ConfigString, ConfigValue } from '../value.js';
import { clip } from './pairs.js';
import { specError, specText, type SpecSource } from './source.js';

/** The most memory that a setting may speak of, in MiB: 4 PiB, what 52 bits of address reach. */
export const MAX_MEMORY_MIB = 2 ** 32;

/** What a value is called in a message. */
function described(value: ConfigValue): string {
  if (value.kind === 'string') return `the text "${clip(value.text)}"`;
  return { number: 'a number', none: 'None', list: 'a list' }[value.kind];
}

function wrongKind(key: string, value: ConfigValue, expected: string, hint?: string): XenImageError {
  return new XenImageError('CONFIG_VALUE', `\`${key}\` is ${described(value)}, and ${expected} is expected`, {
    phase: 'config',
    position: value.position,
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * A setting as a whole number, as xl reads it (strtol with base 0): unquoted, or quoted digits.
 *
 * @param key - the setting's name, for the message
 * @param minimum - the smallest value taken
 * @param maximum - the largest
 * @throws XenImageError `CONFIG_VALUE`
 */
export function readInteger(
  key: string,
  value: ConfigValue,
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  const number = integer(value);
  if (number === undefined) throw wrongKind(key, value, 'a whole number');
  if (number < minimum || number > maximum) {
    const text = value.kind === 'string' || value.kind === 'number' ? value.text : '';
    const message = `\`${key}\` is ${clip(text)}, and a number from ${String(minimum)} to ${String(maximum)} is expected`;
    throw new XenImageError('CONFIG_VALUE', message, { phase: 'config', position: value.position });
  }
  return number;
}

function integer(value: ConfigValue): number | undefined {
  if (value.kind === 'number') return value.value;
  if (value.kind !== 'string' || value.text.length > 32) return undefined;
  const text = value.text.trimStart();
  const negative = text.startsWith('-');
  const digits = negative || text.startsWith('+') ? text.slice(1) : text;
  const number = wholeNumber(digits);
  return number === undefined ? undefined : negative && number !== 0 ? -number : number;
}

/** A setting as a switch: a number, on unless 0. @throws XenImageError `CONFIG_VALUE` */
export function readFlag(key: string, value: ConfigValue): boolean {
  if (integer(value) === undefined) throw wrongKind(key, value, '0 or 1');
  return integer(value) !== 0;
}

/** A setting as text; a number is its spelling, as in xl. @throws XenImageError `CONFIG_VALUE` */
export function readText(key: string, value: ConfigValue): string {
  if (value.kind === 'string' || value.kind === 'number') return value.text;
  throw wrongKind(key, value, 'text');
}

/**
 * A setting that is a list of texts (`disk`, `vif`).
 *
 * @returns the members, for the readers of specifications
 * @throws XenImageError `CONFIG_VALUE`
 */
export function readTextList(key: string, value: ConfigValue): readonly ConfigString[] {
  if (value.kind !== 'list') throw wrongKind(key, value, 'a list', `write ${key} = [ … ]`);
  return value.items.map((item): ConfigString => {
    if (item.kind === 'string') return item;
    if (item.kind !== 'number') throw wrongKind(key, item, 'text in each place of the list');
    return { kind: 'string', text: item.text, quote: '', verbatim: true, position: item.position };
  });
}

/** A setting that is one text or a list of them (`serial`, `usbdevice`); empty texts count as none. @throws XenImageError `CONFIG_VALUE` */
export function readTexts(key: string, value: ConfigValue): readonly string[] {
  const texts = value.kind === 'list' ? readTextList(key, value).map(({ text }) => text) : [readText(key, value)];
  return texts.filter((text) => text !== '');
}

/**
 * A size of memory, in MiB. xl.cfg(5) and xm have no suffixes in a configuration: `memory = "2g"` is refused, with the number
 * to write.
 *
 * @param minimum - the least that is taken, 0 unless given
 * @throws XenImageError `CONFIG_VALUE`
 */
export function readMemoryMib(key: string, value: ConfigValue, minimum = 0): number {
  const kib = value.kind === 'string' && integer(value) === undefined ? sizeKib(value.text) : undefined;
  if (kib !== undefined) {
    const hint = kib % 1024 === 0 ? `write ${key} = ${String(kib / 1024)}` : undefined;
    throw wrongKind(key, value, 'a number of MiB', hint);
  }
  return readInteger(key, value, minimum, MAX_MEMORY_MIB);
}

/**
 * Reads a size as the commands `xl mem-set` and `xl mem-max` have it (parse_mem_size_kb): a number with `b`, `k`, `m`, `g` or `t`,
 * in either case; MiB without.
 *
 * @returns KiB
 * @throws XenImageError `CONFIG_VALUE`
 */
export function parseMemorySizeKib(source: SpecSource): number {
  const kib = sizeKib(specText(source));
  if (kib === undefined || kib > MAX_MEMORY_MIB * 1024) {
    throw specError(
      'CONFIG_VALUE',
      `${clip(specText(source))} is no size of memory`,
      source,
      0,
      'as in 512, 512m or 2g',
    );
  }
  return kib;
}

function sizeKib(text: string): number | undefined {
  const match = /^([0-9]{1,15})([bkmgt]?)$/i.exec(text);
  if (match === null) return undefined;
  const [, number = '', suffix = ''] = match;
  const factors: Readonly<Record<string, number>> = {
    b: 1 / 1024,
    k: 1,
    '': 1024,
    m: 1024,
    g: 1024 ** 2,
    t: 1024 ** 3,
  };
  return Math.floor(Number(number) * (factors[suffix.toLowerCase()] ?? 1));
}
