import { describe, expect, it } from '@jest/globals';
import { reviewOptions } from '../../../src/config/options/index.js';
import { MAX_CONFIG_BYTES, parseConfigText } from '../../../src/config/text/index.js';
import { plain, refusalOf } from './helpers.js';

const MIB = 1024 * 1024;

function fill(size: number, piece: (n: number) => string): string {
  const parts: string[] = [];
  for (let length = 0, n = 0; length < size; n++) {
    const next = piece(n);
    parts.push(next);
    length += next.length;
  }
  return parts.join('');
}

describe('parseConfigText bears with', () => {
  it('options that nobody knows, by the hundred thousand: a hundred are told of', () => {
    const { settings } = parseConfigText(fill(2 * MIB, (n) => `vcpux_${String(n)} = 1\n`));
    const { findings, unknown } = reviewOptions(settings.values());
    expect(unknown.length).toBe(settings.size);
    expect(findings.length).toBe(101);
  });

  it('a list 10,000 deep: one error, where it becomes too deep', () => {
    const error = refusalOf(() => parseConfigText(`a = ${'['.repeat(10_000)}${']'.repeat(10_000)}`));
    expect(error).toMatchObject({ code: 'CONFIG_SYNTAX', position: { line: 1, column: 69 } });
    expect(error.message).toBe('lists stand more than 64 deep in each other');
  });

  it('a list 64 deep', () => {
    expect(parseConfigText(`a = ${'['.repeat(64)}${']'.repeat(64)}`).settings.size).toBe(1);
  });

  it('a text as long as the limit', () => {
    const text = `a = "${'é'.repeat(MAX_CONFIG_BYTES - 6)}"`;
    expect(parseConfigText(text).settings.size).toBe(1);
  });

  it('keys that mean something to JavaScript', () => {
    const { settings } = parseConfigText(
      '__proto__ = [ "x" ]\nconstructor = 1\nprototype = 2\ntoString = 3\nhasOwnProperty = 4\n__proto__ += [ "y" ]',
    );
    expect([...settings].map(([key, { value }]) => [key, plain(value)])).toEqual([
      ['__proto__', ['x', 'y']],
      ['constructor', 1],
      ['prototype', 2],
      ['toString', 3],
      ['hasOwnProperty', 4],
    ]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(reviewOptions(settings.values()).unknown).toEqual([...settings.keys()]);
  });

  it('values that mean something to JavaScript', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'valueOf']) {
      expect(refusalOf(() => parseConfigText(`a = ${word}`)).message).toBe(`${word} is neither a number nor in quotes`);
      expect(refusalOf(() => parseConfigText(`a = 1 ${word}`)).code).toBe('CONFIG_SYNTAX');
    }
  });
});
