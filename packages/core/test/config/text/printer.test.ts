import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isXenImageError } from '../../../src/errors.js';
import { parseConfigText, printConfigText, quoteConfigText } from '../../../src/config/text/index.js';
import { plain, read, refusalOf } from './helpers.js';

const printed = (text: string): string => printConfigText(parseConfigText(text));

describe('printConfigText', () => {
  const cases: [text: string, printed: string][] = [
    ['', ''],
    [`name='web';memory=512 # MiB`, 'name = "web"\nmemory = 512\n'],
    ['a = 0x10; b = 010; c = -5', 'a = 0x10\nb = 010\nc = -5\n'],
    ['a = True; b = False; c = None', 'a = 1\nb = 0\nc = None\n'],
    ['a = 12ab', 'a = "12ab"\n'],
    ['a = []', 'a = []\n'],
    ['a = [1,[2,"x"],]', 'a = [ 1, [ 2, "x" ] ]\n'],
    ['a = [1]\na += [2]', 'a = [ 1, 2 ]\n'],
    [`a = 'say "x"'`, `a = 'say "x"'\n`],
    [`a = "it's \\"so\\""`, `a = "it's \\"so\\""\n`],
    ['a = "\\x1b\\n\\\\"', 'a = "\\x1b\\n\\\\"\n'],
  ];
  it.each(cases)('%j', (text, expected) => {
    expect(printed(text)).toBe(expected);
  });

  it('puts the members of a long list on a line each', () => {
    const member = `phy:/dev/vg/${'x'.repeat(60)},xvda,w`;
    expect(printed(`disk = [ "${member}", "${member}" ]`)).toBe(`disk = [\n  "${member}",\n  "${member}",\n]\n`);
  });
});

/** Text as a file can hold it: any characters but NUL and broken surrogate pairs. */
const anyText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.]{0,20}$/);
const number = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map(String),
  fc.maxSafeNat().map((value) => `0x${value.toString(16)}`),
  fc.maxSafeNat().map((value) => `0${value.toString(8)}`),
);
const { value: valueText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyText.map(quoteConfigText),
    number,
    fc.constantFrom('True', 'False', 'None'),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[ ${items.join(' ,\n ')} ]`),
  ),
}));
const configText = fc
  .array(fc.record({ key, value: valueText, end: fc.constantFrom('\n', '; ', ' # x\n', '\r\n') }), { maxLength: 12 })
  .map((settings) => settings.map((setting) => `${setting.key} = ${setting.value}${setting.end}`).join(''));

describe('parse, print, parse', () => {
  it('gives the same values, and the same text the second time', () => {
    fc.assert(
      fc.property(configText, (text) => {
        const once = printed(text);
        expect(read(once)).toEqual(read(text));
        expect(printed(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every text as it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(read(`a = ${quoteConfigText(text)}`)).toEqual({ a: text });
      }),
      { numRuns: 1000 },
    );
  });
});

/** Pieces that configurations and their mistakes are made of. */
const pieces = fc.constantFrom(
  ...[
    'a',
    'name',
    'import',
    'True',
    'None',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '=',
    '+=',
    '==',
    '[',
    ']',
    ',',
    ';',
    '#',
    '"',
    "'",
  ],
  ...[
    '\\',
    '\\n',
    '\\x',
    '\\xc3',
    '\\0',
    '1',
    '08',
    '0x',
    '-',
    '+',
    '%',
    '(',
    ')',
    '.',
    '{',
    'f"',
    '"""',
    'é',
    '\ufeff',
    '\u{1F600}',
  ],
);
const scrambled = fc
  .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 60 })
  .map((all) => all.join(''));

describe('any text at all', () => {
  it('is read, or refused with a code, a place inside it and a line with a caret', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          scrambled,
          scrambled.map((text) => `a = ${text}`),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          try {
            const document = parseConfigText(text);
            for (const { value } of document.settings.values()) plain(value);
            read++;
          } catch (error) {
            if (!isXenImageError(error)) throw error;
            const { code, position, said, message } = error;
            expect(['CONFIG_SYNTAX', 'CONFIG_NEEDS_PYTHON', 'CONFIG_NOT_TEXT']).toContain(code);
            const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
            expect(position?.line).toBeGreaterThan(0);
            expect(position?.line).toBeLessThanOrEqual(lines.length);
            const line = lines[(position?.line ?? 0) - 1] ?? '';
            expect(position?.column).toBeGreaterThan(0);
            expect(position?.column).toBeLessThanOrEqual(line.length + 1);
            expect(said).toHaveLength(2);
            expect(message).not.toMatch(/[\r\n]/);
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('is refused at its NUL', () => {
    expect(refusalOf(() => parseConfigText('a = 1\0')).position).toEqual({ line: 1, column: 6 });
  });
});
