import type { XenImageError } from '../../errors.js';
import { textError, type Place } from './errors.js';

/** Words that begin a statement of Python and are followed by something else than `=`. */
const STATEMENTS = new Set(
  (
    'and as assert async await break class continue def del elif else except exec finally for from global if import in is ' +
    'lambda nonlocal not or pass print raise return try while with yield'
  ).split(' '),
);

/** Words that go on with an expression, behind a value or in front of one. */
const OPERATORS = new Set(['and', 'else', 'for', 'if', 'in', 'is', 'lambda', 'not', 'or']);

/** Characters that go on with an expression behind a value. */
const SYMBOLS: Readonly<Record<string, string>> = {
  '%': 'the operator %',
  '+': 'the operator +',
  '-': 'the operator -',
  '*': 'the operator *',
  '/': 'the operator /',
  '&': 'the operator &',
  '|': 'the operator |',
  '^': 'the operator ^',
  '<': 'a comparison',
  '>': 'a comparison',
  '!': 'a comparison',
  '(': 'a call',
  '[': 'an index',
  '.': 'an attribute',
};

/** Characters that begin an expression. */
const OPENERS: Readonly<Record<string, string>> = {
  '(': 'an expression in parentheses',
  '{': 'a dictionary',
  '`': 'a Python expression in backquotes',
  '~': 'the operator ~',
};

/** What in Python a word at the beginning of a statement is, if `=` does not follow it. */
export function pythonStatement(word: string, next: string): string | undefined {
  if (STATEMENTS.has(word)) return `the statement \`${word}\``;
  if (next === '(') return `the call of \`${word}\``;
  if (next === '[') return `an index into \`${word}\``;
  if (next === ',') return 'an assignment to several names';
  return undefined;
}

/** What in Python a word is that stands where a value should. */
export function pythonValue(word: string, next: string, isSetting: boolean): string | undefined {
  if (OPERATORS.has(word)) return `the operator \`${word}\``;
  if ((next === '"' || next === "'") && /^(?:[bfru]|[bf]r|r[bf]|ur)$/i.test(word)) {
    return /f/i.test(word) ? 'a formatted string' : `a string with the prefix \`${word}\``;
  }
  if (next === '(') return `the call of \`${word}\``;
  if (next === '[') return `an index into \`${word}\``;
  if (OPERATORS.has(next)) return `the operator \`${next}\``;
  if (word.includes('.')) return `the attribute \`${word}\``;
  if (isSetting) return `the value of another setting, \`${word}\``;
  return undefined;
}

/** What in Python a character is that stands where a value should. */
export function pythonOpener(character: string): string | undefined {
  return Object.hasOwn(OPENERS, character) ? OPENERS[character] : undefined;
}

/** What in Python the text behind a value is. */
export function pythonContinuation(text: string, isWord: boolean): string | undefined {
  if (isWord) return OPERATORS.has(text) ? `the operator \`${text}\`` : undefined;
  return Object.hasOwn(SYMBOLS, text) ? SYMBOLS[text] : undefined;
}

/** The error for text that only Python could evaluate; `what` names the construct. */
export function needsPython(what: string, text: string, place: Place): XenImageError {
  return textError(
    'CONFIG_NEEDS_PYTHON',
    `this configuration needs Python to run: ${what}`,
    text,
    place,
    'write the value that the code computes; settings are read, code is not run',
  );
}
