import type { ConfigDocument, ConfigSetting, ConfigValue } from './value.js';

/** The width up to which a list stays on its line, in characters. */
const LIST_WIDTH = 100;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/**
 * Text in quotes, as {@link parseConfigText} reads it back: in double ones, or in single ones if it has double quotes inside
 * and no single ones.
 */
export function quoteConfigText(text: string): string {
  const quote = text.includes('"') && !text.includes("'") ? "'" : '"';
  const escaped = text.replace(/[\\\x01-\x1f\x7f"']/g, (character) => {
    if (character === '"' || character === "'") return character === quote ? `\\${character}` : character;
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return quote + escaped + quote;
}

function printValue(value: ConfigValue, indent: string): string {
  switch (value.kind) {
    case 'string':
      return quoteConfigText(value.text);
    case 'number':
      return /^-?[0-9]/.test(value.text) ? value.text : String(value.value);
    case 'none':
      return 'None';
    case 'list': {
      const deeper = `${indent}  `;
      const items = value.items.map((item) => printValue(item, deeper));
      const flat = `[${items.length === 0 ? '' : ` ${items.join(', ')} `}]`;
      if (flat.length + indent.length <= LIST_WIDTH && !flat.includes('\n')) return flat;
      return `[\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}]`;
    }
  }
}

/**
 * Writes a configuration as text: a line for each setting, in order, `+=` and repetitions resolved, without comments.
 *
 * Numbers keep their spelling; `True` and `False` are written 1 and 0, so that xl reads the result (it does not read
 * negative numbers and `None`, and drops `\xHH`). Reading the result gives the same values, and writing those the same text.
 */
export function printConfigText(document: ConfigDocument | Iterable<ConfigSetting>): string {
  const settings = Symbol.iterator in document ? document : document.settings.values();
  let text = '';
  for (const { key, value } of settings) text += `${key} = ${printValue(value, '')}\n`;
  return text;
}
