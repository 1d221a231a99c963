import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { tableLines, textWidth } from '../../src/output/table.js';
import { readableDuration, readableSize } from '../../src/output/size.js';

describe('tableLines', () => {
  it('makes columns as wide as their widest cell', () => {
    expect(
      tableLines(
        [
          ['KiB', 'name'],
          ['64', 'a'],
          ['1024', 'b'],
        ],
        { align: ['right'], indent: '  ' },
      ),
    ).toEqual(['   KiB  name', '    64  a', '  1024  b']);
  });

  it('counts wide characters as two columns and combining marks as none', () => {
    expect(textWidth('東京')).toBe(4);
    expect(textWidth('e\u0301')).toBe(1);
    expect(textWidth('🐧')).toBe(2);
  });

  it('has the second column begin at the same place in every row', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (cells) => {
        const lines = tableLines(cells.map((cell) => [cell, '|']));
        expect(new Set(lines.map((line) => textWidth(line))).size).toBe(1);
      }),
    );
  });

  it('is empty for no rows', () => {
    expect(tableLines([])).toEqual([]);
  });
});

describe('readable figures', () => {
  it.each([
    [0, '0 KiB'],
    [1023, '1023 KiB'],
    [1536, '1.5 MiB'],
    [2097152, '2 GiB'],
    [2 ** 43, '8 PiB'],
  ])('%i KiB is %s', (kib, text) => {
    expect(readableSize(kib)).toBe(text);
  });

  it.each([
    [5, '5 s'],
    [65, '1 min 5 s'],
    [3660, '1 h 1 min'],
    [90_000, '1 d 1 h'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(readableDuration(seconds)).toBe(text);
  });
});
