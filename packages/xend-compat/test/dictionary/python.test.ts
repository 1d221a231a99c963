import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTrue, iterate, toInt, toLong, toRepr, toText } from '../../src/dictionary/python.js';

describe("Python's int()", () => {
  it.each([
    ['0', 0],
    ['42', 42],
    ['+1', 1],
    ['-7', -7],
    ['-0', 0],
    [' 12 ', 12],
    ['\t1\n', 1],
    ['\v\f\r 3', 3],
    ['007', 7],
    ['010', 10],
    ['- 5', -5],
    ['+ 7', 7],
  ])('takes the text %j for %d', (text, number) => {
    expect(toInt(text)).toBe(number);
  });

  it.each(['', ' ', '+', '-', '0x1', '1.0', '1_0', '1 0', '1L', 'on', '--1', '+-1', '1\0', '\u00a01', '١'])(
    'refuses the text %j as a value',
    (text) => {
      expect(toInt(text)).toBe('value');
    },
  );

  it.each([[null], [[1]], [[]], [{}]])('refuses %j by its type', (value) => {
    expect(toInt(value)).toBe('type');
  });

  it('takes true for 1, false for 0, and numbers for themselves', () => {
    expect([true, false, 5, -3].map(toInt)).toEqual([1, 0, 5, -3]);
  });

  it('reads every whole number back from its decimal text', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(9), (number, zeros) => {
        const digits = '0'.repeat(zeros) + String(Math.abs(number));
        expect(toInt(` ${number < 0 ? '-' : ''}${digits}\n`)).toBe(number);
      }),
    );
  });
});

describe("Python's long()", () => {
  it.each([
    ['7L', 7],
    ['8l', 8],
    [' 4 ', 4],
    ['-1', -1],
    ['+2L ', 2],
    ['- 3L', -3],
  ])('takes %j for %d', (text, number) => {
    expect(toLong(text)).toBe(number);
  });

  it.each(['', 'L', '7LL', '7 L', '0x1', 'x', '1L1'])('refuses %j', (text) => {
    expect(toLong(text)).toBe('value');
  });
});

describe("Python's truth", () => {
  it.each([[undefined], [null], [false], [0], [''], [[]], [{}]])('takes %j for false', (value) => {
    expect(isTrue(value)).toBe(false);
  });

  it.each([[true], [1], [-1], ['0'], [' '], ['no'], [[0]], [{ a: 0 }]])('takes %j for true', (value) => {
    expect(isTrue(value)).toBe(true);
  });
});

describe("Python's str() and repr()", () => {
  it.each([
    ['text', 'text'],
    [7, '7'],
    [null, 'None'],
    [true, 'True'],
    [false, 'False'],
    [['a', 1, null], "['a', 1, None]"],
    [{ a: [] }, "{'a': []}"],
  ])('spell %j as %s', (value, text) => {
    expect(toText(value)).toBe(text);
  });

  it.each([
    ['a', "'a'"],
    ["it's", '"it\'s"'],
    ['"', "'\"'"],
    [`'"`, `'\\'"'`],
    ['\\\t\n\r', "'\\\\\\t\\n\\r'"],
    ['é', "'\\xc3\\xa9'"],
    ['\0\x7f', "'\\x00\\x7f'"],
  ])('quote the text %j as %s', (text, quoted) => {
    expect(toRepr(text)).toBe(quoted);
  });
});

describe("Python's for loop", () => {
  it("goes over a list's items, a text's characters and a dictionary's keys, and over nothing else", () => {
    expect(iterate([1, 'a'])).toEqual([1, 'a']);
    expect(iterate('ab')).toEqual(['a', 'b']);
    expect(iterate({ x: 1, y: 2 })).toEqual(['x', 'y']);
    for (const value of [null, 1, true]) expect(iterate(value)).toBeUndefined();
  });
});
