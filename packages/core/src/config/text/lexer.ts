import type { XenImageError, TextPosition } from '../../errors.js';
import { textError, type Place } from './errors.js';
import { resolveEscapes } from './escapes.js';
import { MAX_BARE_LENGTH } from './limits.js';

/**
 * What a piece of the text is. `word` is a name, `bare` is digits with whatever letters and dots follow; `other` is any
 * character that the syntax has no use for.
 */
type TokenKind = 'word' | 'bare' | 'string' | '=' | '+=' | '[' | ']' | ',' | ';' | 'newline' | 'end' | 'other';

const WORD = /[A-Za-z_][A-Za-z0-9_.]*/y;
const BARE = /[0-9][A-Za-z0-9_.]*/y;

const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const HASH = 35;
const SINGLE_QUOTE = 39;
const PLUS = 43;
const EQUALS = 61;
const BACKSLASH = 92;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWordStart(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 97 && lower <= 122 && code < 128) || code === 95;
}

/**
 * Splits a configuration text into tokens, one at a time: the fields speak of the current one.
 *
 * Lexically the text is what libxlu_cfg_l.l takes, widened by what xm's Python took: upper case in words, line ends of
 * every system, a comment at the very end, and the escapes of {@link resolveEscapes}.
 */
export class Lexer {
  kind: TokenKind = 'newline';
  /** A word, the digits, a string's text, or the character itself. */
  text = '';
  /** Of a string: its quote, and whether it has no escapes. */
  quote: '"' | "'" = '"';
  verbatim = true;
  /** Where the current token begins and ends, as offsets from 0. */
  start = 0;
  end = 0;
  private line = 1;
  private lineStart = 0;
  /** The line of the current token; a string may go over several. */
  private startLine = 1;
  private startLineStart = 0;

  constructor(
    readonly source: string,
    readonly file: string | undefined,
  ) {}

  /** The current token's position. */
  position(): TextPosition {
    const column = this.start - this.startLineStart + 1;
    return this.file === undefined
      ? { line: this.startLine, column }
      : { line: this.startLine, column, file: this.file };
  }

  /** The current token's place. */
  place(): Place {
    return { offset: this.start, position: this.position() };
  }

  /** A `CONFIG_SYNTAX` error at a place, the current token's unless another is given. */
  syntaxError(message: string, hint?: string, place: Place = this.place()): XenImageError {
    return textError('CONFIG_SYNTAX', message, this.source, place, hint);
  }

  /**
   * Goes to the next token. Returns its kind.
   *
   * @throws XenImageError `CONFIG_SYNTAX` for a string that is not closed or has a wrong escape
   */
  advance(): TokenKind {
    const { source } = this;
    let at = this.end;
    let code = source.charCodeAt(at);
    while (code === SPACE || code === TAB) code = source.charCodeAt(++at);
    if (code === HASH) {
      while (at < source.length && code !== LINE_FEED && code !== RETURN) code = source.charCodeAt(++at);
    }
    this.start = at;
    this.startLine = this.line;
    this.startLineStart = this.lineStart;
    if (at >= source.length) {
      this.set('end', at, '');
    } else if (code === LINE_FEED || code === RETURN) {
      this.set('newline', this.passLineEnd(at), '');
    } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      this.readString(at, code);
    } else {
      this.readPlain(at, code);
    }
    return this.kind;
  }

  /** Whether the current token is of a kind. */
  is(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  /** Whether the current token ends a setting. */
  endsSetting(): boolean {
    return this.kind === 'newline' || this.kind === ';' || this.kind === 'end';
  }

  private set(kind: TokenKind, end: number, text: string): void {
    this.kind = kind;
    this.end = end;
    this.text = text;
  }

  private readPlain(at: number, code: number): void {
    const { source } = this;
    const bare = isDigit(code);
    if (bare || isWordStart(code)) {
      const pattern = bare ? BARE : WORD;
      pattern.lastIndex = at;
      const found = pattern.exec(source)?.[0] ?? '';
      this.set(bare ? 'bare' : 'word', at + found.length, found);
      if (found.length > MAX_BARE_LENGTH) {
        throw this.syntaxError(`more than ${String(MAX_BARE_LENGTH)} characters without a quote or a blank`);
      }
      return;
    }
    const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
    if (code === PLUS && source.charCodeAt(at + 1) === EQUALS) this.set('+=', at + 2, '+=');
    else if ('=[],;'.includes(character)) this.set(character as TokenKind, at + 1, character);
    else this.set('other', at + character.length, character);
  }

  private readString(at: number, quote: number): void {
    const { source } = this;
    this.quote = quote === DOUBLE_QUOTE ? '"' : "'";
    this.verbatim = true;
    let end = at + 1;
    for (let code = source.charCodeAt(end); code !== quote; code = source.charCodeAt(end)) {
      if (end >= source.length || code === LINE_FEED || code === RETURN) {
        throw this.syntaxError(
          `the text that begins here with ${this.quote} is not closed on its line`,
          `close it with ${this.quote}; a line end inside text is written \\n`,
        );
      }
      end++;
      if (code === BACKSLASH) {
        this.verbatim = false;
        const next = source.charCodeAt(end);
        if (next === LINE_FEED || next === RETURN) end = this.passLineEnd(end);
        else if (end < source.length) end++;
      }
    }
    const body = source.slice(at + 1, end);
    const resolved = this.verbatim ? body : resolveEscapes(body);
    if (typeof resolved !== 'string') {
      const offset = at + 1 + resolved.offset;
      throw this.syntaxError(resolved.message, resolved.hint, { offset, position: this.positionOnward(offset) });
    }
    this.set('string', end + 1, resolved);
  }

  /** The position of a character of the current token, which may stand on a later line than the token's start. */
  private positionOnward(offset: number): TextPosition {
    let { startLine: line, startLineStart: lineStart } = this;
    const ends = /\r\n?|\n/g;
    ends.lastIndex = this.start;
    for (let found = ends.exec(this.source); found !== null && found.index < offset; found = ends.exec(this.source)) {
      line++;
      lineStart = ends.lastIndex;
    }
    return { ...this.position(), line, column: offset - lineStart + 1 };
  }

  /** Counts the line end at `at`. Returns the offset after it. */
  private passLineEnd(at: number): number {
    const next = at + (this.source.charCodeAt(at) === RETURN && this.source.charCodeAt(at + 1) === LINE_FEED ? 2 : 1);
    this.line++;
    this.lineStart = next;
    return next;
  }
}
