import { describe, expect, it } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { reviewOptions } from '../../../src/config/options/index.js';
import { MAX_CONFIG_BYTES, parseConfigText } from '../../../src/config/text/index.js';
import { plain, refusalOf } from './helpers.js';

/** The quickest of some runs, in ms; an error counts as an end. */
function time(text: string, runs: number): number {
  let quickest = Infinity;
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    try {
      parseConfigText(text);
    } catch {
      // Refusing is as good as reading here.
    }
    quickest = Math.min(quickest, performance.now() - begin);
  }
  return quickest;
}

const MIB = 1024 * 1024;

describe('parseConfigText takes time in proportion to the text', () => {
  const shapes: [what: string, make: (size: number) => string][] = [
    ['many settings', (size) => fill(size, (n) => `key_${String(n)} = "value"\n`)],
    ['one key again and again', (size) => fill(size, (n) => `a = ${String(n)}\n`)],
    ['a list that += makes longer', (size) => fill(size, () => 'a += ["x"]\n')],
    ['text that += makes longer', (size) => fill(size, () => 'a += "xyzzy"\n')],
    ['one list of many members', (size) => `a = [ ${fill(size, (n) => `${String(n)}, `)} ]`],
    ['one long line of settings', (size) => fill(size, (n) => `k${String(n)}=1;`)],
    ['one long text', (size) => `a = "${'x'.repeat(size)}"`],
    ['one text of escapes', (size) => `a = "${'\\n'.repeat(size / 2)}"`],
    ['one text of escaped bytes', (size) => `a = "${'\\xc3\\xa9'.repeat(size / 8)}"`],
    ['one text over many lines', (size) => `a = "${'x\\\n'.repeat(size / 3)}"`],
    ['the same with a wrong escape at its end', (size) => `a = "${'x\\\n'.repeat(size / 3)}\\q"`],
    ['a text that is not closed', (size) => `a = "${'x'.repeat(size)}`],
    ['one long comment', (size) => `#${'x'.repeat(size)}`],
    ['line ends', (size) => '\r\n'.repeat(size / 2)],
    ['blanks', (size) => ' '.repeat(size)],
    ['opening brackets', (size) => `a = ${'['.repeat(size)}`],
    ['digits', (size) => `a = ${'0'.repeat(size)}9x`],
    ['letters', (size) => 'x'.repeat(size)],
    ['an error at the end of a long line', (size) => `a = [${'1,'.repeat(size / 2)}`],
  ];
  it.each(shapes)('%s', (_what, make) => {
    const small = time(make(MIB / 8), 3);
    const large = time(make((10 * MIB) / 8), 1);
    // Ten times the text; the bound leaves room for a collector and a busy machine, not for a square (a hundred times).
    expect(large).toBeLessThan(40 * Math.max(small, 5));
  });

  it('up to megabytes', () => {
    const guest = (n: number): string =>
      `name_${String(n)} = "guest" # ${String(n)}\ndisk_${String(n)} = [\n  "phy:/dev/vg/a,xvda,w", [ 1, 0x2 ],\n]\n`;
    const small = time(fill(MIB, guest), 2);
    const large = time(fill(10 * MIB, guest), 1);
    expect(large).toBeLessThan(40 * small);
  });

  it('also where nobody knows any of the options', () => {
    const { settings } = parseConfigText(fill(2 * MIB, (n) => `vcpux_${String(n)} = 1\n`));
    const begin = performance.now();
    const { findings, unknown } = reviewOptions(settings.values());
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(unknown.length).toBe(settings.size);
    expect(findings.length).toBe(101);
  });
});

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
