import type { TextPosition, XenImageError } from '../../errors.js';
import type { Place } from './errors.js';
import type { Lexer } from './lexer.js';
import { needsPython, pythonContinuation, pythonOpener, pythonStatement, pythonValue } from './python.js';

/**
 * What is said of text that is not in the syntax. Each function is given the lexer on the token that does not belong, and
 * returns the error to throw; it may read on, since nobody does after it.
 */

const LINES = 'settings stand on a line each, or are separated by ;';
const ASSIGNMENT = 'a setting is written key = value';

/** The current token in a message. */
function shown(lexer: Lexer): string {
  if (lexer.is('newline')) return 'the end of the line';
  if (lexer.is('end')) return 'the end of the text';
  if (lexer.is('string')) return 'text in quotes';
  return lexer.text;
}

function from(opening: TextPosition): string {
  return `the list that begins at line ${String(opening.line)}, column ${String(opening.column)}`;
}

/** A list that ends nowhere. */
export function unclosed(lexer: Lexer, opening: TextPosition, where: string): XenImageError {
  return lexer.syntaxError(`${from(opening)} is not closed ${where}`, 'close it with ]');
}

/** A line that does not begin with a key. */
export function noStatement(lexer: Lexer): XenImageError {
  if (lexer.text === '(' && /^\(\s*(?:vm|domain)\b/.test(lexer.source.slice(lexer.start, lexer.start + 64))) {
    return lexer.syntaxError('this is an SXP description of xend', 'give the guest’s xm or xl configuration file');
  }
  if (lexer.text === '{' || lexer.text === '<') {
    return lexer.syntaxError(`a setting was expected; is this ${lexer.text === '{' ? 'JSON' : 'XML'}?`, ASSIGNMENT);
  }
  const python = lexer.text === '@' ? 'a decorator' : pythonOpener(lexer.text);
  if (python !== undefined) return needsPython(python, lexer.source, lexer.place());
  return lexer.syntaxError(`a setting cannot begin with ${shown(lexer)}`, ASSIGNMENT);
}

/** A word at the beginning of a line without `=` or `+=`; `place` is the word's. */
export function noAssignment(lexer: Lexer, word: string, place: Place): XenImageError {
  const python = pythonStatement(word, lexer.text);
  if (python !== undefined) return needsPython(python, lexer.source, place);
  return lexer.syntaxError(`= was expected after \`${word}\`, not ${shown(lexer)}`, ASSIGNMENT);
}

/** Something that begins no value. */
export function noValue(lexer: Lexer): XenImageError {
  if (lexer.endsSetting()) {
    return lexer.syntaxError('the value is missing', 'it stands on the line of its key; a list may go on over lines');
  }
  const python = lexer.is('other') ? pythonOpener(lexer.text) : undefined;
  if (python !== undefined) return needsPython(python, lexer.source, lexer.place());
  return lexer.syntaxError(
    `a value was expected, not ${shown(lexer)}`,
    /[“”„‘’«»]/.test(lexer.text)
      ? 'these are typographic quotes; write " or \''
      : 'a value is text in quotes, a number, or a list in brackets',
  );
}

/** A word where a value should be: code, or text without quotes. */
export function wordAsValue(lexer: Lexer, isSetting: boolean): XenImageError {
  const { text } = lexer;
  const place = lexer.place();
  const adjacent = lexer.source.charAt(lexer.end);
  // A quote is looked at before the lexer reads on: the text that it begins may be wrong in itself.
  if (adjacent !== '"' && adjacent !== "'") lexer.advance();
  const python = pythonValue(text, lexer.is('word') && lexer.start === place.offset ? adjacent : lexer.text, isSetting);
  if (python !== undefined) return needsPython(python, lexer.source, place);
  const flag = /^(?:(true|yes|on)|false|no|off)$/i.exec(text);
  return lexer.syntaxError(
    `${text} is neither a number nor in quotes`,
    flag === null ? `write "${text}"` : `write ${flag[1] === undefined ? '0' : '1'}, or "${text}" if text is meant`,
    place,
  );
}

/** Something behind a member of a list that neither separates nor closes. */
export function afterItem(lexer: Lexer, opening: TextPosition): XenImageError {
  if (lexer.is(';')) return unclosed(lexer, opening, 'before ;');
  if (!lexer.is('word')) return afterValue(lexer, ', or ]');
  const place = lexer.place();
  const word = lexer.text;
  const next = lexer.advance();
  if (next === '=' || next === '+=') {
    return lexer.syntaxError(`${from(opening)} is not closed before the setting \`${word}\``, 'close it with ]', place);
  }
  const python = pythonContinuation(word, true);
  if (python !== undefined) return needsPython(python, lexer.source, place);
  return lexer.syntaxError(`, or ] was expected, not ${word}`, 'members of a list are separated by commas', place);
}

/** Something behind a value that does not belong there. */
export function afterValue(lexer: Lexer, expected = 'the end of the line'): XenImageError {
  const isWord = lexer.is('word');
  const python = isWord || lexer.is('other') || lexer.is('[') ? pythonContinuation(lexer.text, isWord) : undefined;
  if (python !== undefined) return needsPython(python, lexer.source, lexer.place());
  const message = `${expected} was expected, not ${shown(lexer)}`;
  if (lexer.is('string')) {
    return lexer.syntaxError(
      message,
      expected.startsWith(',') ? 'a comma is missing' : 'text is not joined across quotes: put it into one pair',
    );
  }
  if (lexer.is(',')) return lexer.syntaxError(message, 'several values are a list: [ … ]');
  return lexer.syntaxError(message, lexer.is(']') ? 'there is no list to close' : LINES);
}
