import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { visible, visibleJson } from '../../src/output/visible.js';

jest.setTimeout(60_000);

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('visible', () => {
  it.each([
    ['\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['a\nb\tc', 'a\\x0ab\\x09c'],
    ['\x9b31m', '\\x9b31m'],
    ['\u202egpj.exe', '\\u202egpj.exe'],
    ['\u{e0041}', '\\u{e0041}'],
    ['Grüße 東京', 'Grüße 東京'],
  ])('shows %j as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves nothing that a terminal acts on', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !UNPRINTABLE.test(visible(text))));
  });
});

describe('visibleJson', () => {
  it('says the same as JSON, with nothing in it that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = visibleJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(UNPRINTABLE.test(text.replaceAll('\n', ''))).toBe(false);
      }),
    );
  });

  it('escapes what JSON lets through: C1 controls, overrides, characters beyond the first plane', () => {
    expect(visibleJson('\x9b \u202e \u{e0041}', 0)).toBe('"\\u009b \\u202e \\udb40\\udc41"');
  });

  it('gives a bigint as text, exactly', () => {
    expect(visibleJson({ cpuTimeNs: 12345678901234567890n }, 0)).toBe('{"cpuTimeNs":"12345678901234567890"}');
  });
});
