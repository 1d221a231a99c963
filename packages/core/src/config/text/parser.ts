import type { TextPosition } from '../../errors.js';
import { checkConfigText } from './decode.js';
import { afterItem, afterValue, noAssignment, noStatement, noValue, unclosed, wordAsValue } from './diagnose.js';
import type { Place } from './errors.js';
import { Lexer } from './lexer.js';
import { MAX_LIST_DEPTH } from './limits.js';
import { readBare } from './number.js';
import { needsPython } from './python.js';
import type { ConfigDocument, ConfigFinding, ConfigList, ConfigNumber, ConfigSetting, ConfigValue } from './value.js';

/** How a configuration text is read. */
export interface ParseConfigOptions {
  /** The file's name: it is put into every position. */
  readonly file?: string;
}

/** The words that xm files had from Python, and what they are here. */
const PYTHON_VALUES: Readonly<Record<string, 0 | 1 | null>> = { True: 1, False: 0, None: null };

/**
 * Reads a configuration text in the syntax of xm and xl.
 *
 * A text is a sequence of `key = value` and `key += value`, each ended by a line end or `;`. A value is text in either quote
 * (escapes: `\\ \' \" \a \b \f \n \r \t \v \xHH \OOO`), a whole number (decimal, `0x…`, octal with a leading `0`, negative)
 * or a list in brackets, which may stand in a list, go over several lines and end in a comma. `#` begins a comment. This is
 * libxlu_cfg_y.y of Xen 4.17, widened by what xm files had and no code is needed for: `True` (1), `False` (0), `None` (as
 * if not set), negative numbers, upper case in keys.
 *
 * `+=` joins lists, or text to text; without an earlier value it sets. A key that is set again takes the later value, with
 * a warning. The time taken is linear in the length of the text.
 *
 * @throws XenImageError `CONFIG_SYNTAX`, `CONFIG_NEEDS_PYTHON` (imports, calls, operators and whatever else only Python could
 *   evaluate), `CONFIG_NOT_TEXT`, `CONFIG_TOO_LARGE`; all but the last with a position, and with the line and a caret in
 *   `said`
 */
export function parseConfigText(text: string, options: ParseConfigOptions = {}): ConfigDocument {
  const { file } = options;
  const source = checkConfigText(text, file);
  return new Parser(new Lexer(source, file)).document();
}

/** The places where a key was set anew. */
interface Repetition {
  times: number;
  position: TextPosition;
}

class Parser {
  private readonly settings = new Map<string, ConfigSetting>();
  private readonly repeated = new Map<string, Repetition>();
  private readonly warnings: ConfigFinding[] = [];

  constructor(private readonly lexer: Lexer) {}

  document(): ConfigDocument {
    const { lexer } = this;
    while (!lexer.is('end')) {
      lexer.advance();
      if (!lexer.endsSetting()) this.statement();
    }
    for (const [key, { times, position }] of this.repeated) {
      this.warnings.push({
        severity: 'warning',
        code: 'CONFIG_DUPLICATE_KEY',
        message: `\`${key}\` is set ${String(times)} times; the last one counts`,
        position,
        hint: 'keep one; += adds to a list',
        keys: [key],
      });
    }
    const { settings, warnings } = this;
    return lexer.file === undefined ? { settings, warnings } : { file: lexer.file, settings, warnings };
  }

  /** Reads one assignment; stands on what ended it. */
  private statement(): void {
    const { lexer } = this;
    const place = lexer.place();
    const key = lexer.text;
    if (lexer.kind !== 'word') throw noStatement(lexer);
    const operator = lexer.advance();
    if (operator !== '=' && operator !== '+=') throw noAssignment(lexer, key, place);
    const operatorPlace = lexer.place();
    if (lexer.advance() === '=')
      throw lexer.syntaxError('== compares, and settings are set with one =', `write ${key} = …`);
    const value = this.value(0);
    if (!lexer.endsSetting()) throw afterValue(lexer);
    this.store(key, place.position, operator === '+=', value, operatorPlace);
  }

  private store(key: string, position: TextPosition, adds: boolean, value: ConfigValue, operator: Place): void {
    const before = this.settings.get(key);
    if (adds && before !== undefined && before.value.kind !== 'none') {
      this.settings.set(key, { ...before, value: this.join(key, before.value, value, operator) });
      return;
    }
    if (adds && value.kind !== 'list' && value.kind !== 'string') {
      throw this.lexer.syntaxError('+= joins lists or texts, not numbers', `write ${key} = …`, operator);
    }
    if (!adds && before !== undefined) {
      const repetition = this.repeated.get(key);
      if (repetition === undefined) this.repeated.set(key, { times: 2, position });
      else {
        repetition.times++;
        repetition.position = position;
      }
    }
    this.settings.set(key, { key, value, position });
  }

  private join(key: string, before: ConfigValue, added: ConfigValue, operator: Place): ConfigValue {
    if (before.kind === 'list' && added.kind === 'list') {
      // The list was made here and nobody else has it yet: adding in place keeps many += linear.
      const items = before.items as ConfigValue[];
      for (const item of added.items) items.push(item);
      return before;
    }
    if (before.kind === 'string' && added.kind === 'string') {
      return { ...before, text: before.text + added.text, verbatim: false };
    }
    const both = `${NAMES[added.kind]} to ${NAMES[before.kind]}`;
    throw this.lexer.syntaxError(
      `+= cannot add ${both} (\`${key}\`)`,
      '+= joins a list with a list, or text with text',
      operator,
    );
  }

  /** Reads a value; stands on what follows it. */
  private value(depth: number): ConfigValue {
    const { lexer } = this;
    const position = lexer.position();
    switch (lexer.kind) {
      case 'string': {
        const { text, quote, verbatim } = lexer;
        if (text === '' && verbatim && lexer.source.charAt(lexer.end) === quote) {
          throw needsPython('a triple-quoted string', lexer.source, lexer.place());
        }
        lexer.advance();
        return { kind: 'string', text, quote, verbatim, position };
      }
      case 'bare':
        return this.bare(position);
      case '[':
        return this.list(depth, position);
      case 'word':
        return this.word(position);
      case 'other':
        if (lexer.text === '-') return this.negative(position);
        throw noValue(lexer);
      default:
        throw noValue(lexer);
    }
  }

  private bare(position: TextPosition): ConfigValue {
    const { lexer } = this;
    const { text } = lexer;
    const reading = readBare(text);
    if (reading.kind === 'problem') throw lexer.syntaxError(reading.message, reading.hint);
    lexer.advance();
    if (reading.kind === 'number') return { kind: 'number', value: reading.value, text, position };
    this.warnings.push({
      severity: 'warning',
      code: 'CONFIG_UNQUOTED_TEXT',
      message: `${text} is read as text, without quotes`,
      position,
      hint: `write "${text}"`,
    });
    return { kind: 'string', text, quote: '', verbatim: true, position };
  }

  private negative(position: TextPosition): ConfigNumber {
    const { lexer } = this;
    const place = lexer.place();
    if (lexer.advance() !== 'bare') throw needsPython('the operator -', lexer.source, place);
    const { text } = lexer;
    const reading = readBare(text);
    if (reading.kind === 'problem') throw lexer.syntaxError(reading.message, reading.hint);
    if (reading.kind === 'text') throw lexer.syntaxError(`-${text} is no number`, `put it in quotes if text is meant`);
    lexer.advance();
    return { kind: 'number', value: reading.value === 0 ? 0 : -reading.value, text: `-${text}`, position };
  }

  private word(position: TextPosition): ConfigValue {
    const { lexer } = this;
    const { text } = lexer;
    const known = Object.hasOwn(PYTHON_VALUES, text) ? PYTHON_VALUES[text] : undefined;
    if (known === undefined) throw wordAsValue(lexer, this.settings.has(text));
    lexer.advance();
    return known === null ? { kind: 'none', position } : { kind: 'number', value: known, text, position };
  }

  private list(depth: number, position: TextPosition): ConfigList {
    const { lexer } = this;
    if (depth >= MAX_LIST_DEPTH) {
      throw lexer.syntaxError(
        `lists stand more than ${String(MAX_LIST_DEPTH)} deep in each other`,
        'no setting of a guest needs more than three levels',
      );
    }
    const items: ConfigValue[] = [];
    this.advanceInList(position);
    while (!lexer.is(']')) {
      if (items.length > 0) {
        if (!lexer.is(',')) throw afterItem(lexer, position);
        this.advanceInList(position);
        if (lexer.is(']')) break;
      }
      items.push(this.value(depth + 1));
      this.passLineEnds(position);
    }
    lexer.advance();
    return { kind: 'list', items, position };
  }

  /** Goes to the next token of a list, over line ends. */
  private advanceInList(opening: TextPosition): void {
    this.lexer.advance();
    this.passLineEnds(opening);
  }

  private passLineEnds(opening: TextPosition): void {
    const { lexer } = this;
    while (lexer.is('newline')) lexer.advance();
    if (lexer.is('end')) throw unclosed(lexer, opening, 'before the end of the text');
  }
}

const NAMES: Readonly<Record<ConfigValue['kind'], string>> = {
  string: 'text',
  number: 'a number',
  none: 'None',
  list: 'a list',
};
