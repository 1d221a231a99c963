import type { XenImageError } from '../../../src/errors.js';
import { isXenImageError } from '../../../src/errors.js';
import { parseConfigText, type ConfigString, type ConfigValue } from '../../../src/config/text/index.js';

/** A value without its positions and spellings. */
export type Plain = string | number | null | Plain[];

export function plain(value: ConfigValue): Plain {
  switch (value.kind) {
    case 'string':
      return value.text;
    case 'number':
      return value.value;
    case 'none':
      return null;
    case 'list':
      return value.items.map(plain);
  }
}

/** What a text says, without positions. */
export function read(text: string): Record<string, Plain> {
  return Object.fromEntries([...parseConfigText(text).settings].map(([key, { value }]) => [key, plain(value)]));
}

/** The coded error that a call ends in; anything else is a failure of the test. */
export function refusalOf(call: () => unknown): XenImageError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (isXenImageError(error)) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(result).slice(0, 200)}`);
}

/** The value of `key = …` in a text of that one line, as a reader of specifications gets it from a file. */
export function valueOf(line: string): ConfigValue {
  const [setting] = parseConfigText(line, { file: 'guest.cfg' }).settings.values();
  if (setting === undefined) throw new Error('no setting');
  return setting.value;
}

/** The same for text, or for the first member of a list of texts. */
export function specOf(line: string): ConfigString {
  const value = valueOf(line);
  const first = value.kind === 'list' ? value.items[0] : value;
  if (first?.kind !== 'string') throw new Error('no text');
  return first;
}

/** An object without one of its keys. */
export function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;
}
