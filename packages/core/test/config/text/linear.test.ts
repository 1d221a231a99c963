import { describe, expect, it, jest } from '@jest/globals';
import { parseConfigText, parseDisk, parseVif } from '../../../src/index.js';
import { MAX_CONFIG_BYTES } from '../../../src/config/text/limits.js';

jest.setTimeout(300_000);

const MIB = 1024 * 1024;
/** How many times as long ten times the input may take: a quadratic reader takes a hundred times as long. */
const MOST_TIMES = 25;
/** What is too short to be measured counts as this much. */
const LEAST_MS = 20;

/** A text of at most so many bytes. */
function filled(unit: string, bytes: number, before = '', after = ''): string {
  return before + unit.repeat(Math.floor((bytes - before.length - after.length) / unit.length)) + after;
}

const SHAPES: readonly (readonly [string, (bytes: number) => string])[] = [
  ['comments', (bytes) => filled('# a comment that says nothing\n', bytes)],
  ['one comment', (bytes) => filled('#', bytes)],
  ['empty lines', (bytes) => filled('\r\n', bytes)],
  ['one long text', (bytes) => filled('x', bytes, 'a = "', '"\n')],
  ['one text of escapes', (bytes) => filled('\\x41', bytes, 'a = "', '"\n')],
  ['one text over many lines', (bytes) => filled('\\\n', bytes, 'a = "', '"\n')],
  ['a wrong escape at the end of many lines', (bytes) => filled('x\\\n', bytes, 'a = "', '\\q"\n')],
  ['a text that is not closed', (bytes) => filled('x', bytes, 'a = "')],
  ['a list of many', (bytes) => filled('"a",\n', bytes, 'a = [', ']\n')],
  ['a list that is not closed', (bytes) => filled('1,', bytes, 'a = [')],
  ['lists in lists', (bytes) => filled('[[[[[[[[1]]]]]]]],', bytes, 'a = [', ']\n')],
  ['brackets without end', (bytes) => filled('[', bytes, 'a = ')],
  ['many keys', (bytes) => Array.from({ length: Math.floor(bytes / 14) }, (_, n) => `k${n} = 1\n`).join('')],
  ['one key, many times', (bytes) => filled('a = 1\n', bytes)],
  ['texts joined', (bytes) => filled('a += "xxxx"\n', bytes, 'a = ""\n')],
  ['lists joined', (bytes) => filled('a += [1]\n', bytes, 'a = []\n')],
  ['lists joined to a long one', (bytes) => filled('a += []\n', bytes, `a = [${'1,'.repeat(bytes / 4)}]\n`)],
  ['unquoted texts', (bytes) => filled('a = 1x\n', bytes)],
  ['characters of two halves', (bytes) => filled('😀', bytes / 2, 'a = "', '"\n')],
  ['settings in one line', (bytes) => filled('k=1;', bytes)],
  ['digits', (bytes) => filled('0', bytes, 'a = ', '9x')],
  ['letters', (bytes) => filled('x', bytes)],
  ['an error at the end of a long line', (bytes) => filled('1,', bytes, 'a = [', ' ?')],
  ['blanks', (bytes) => filled(' ', bytes, 'a =', '1\n')],
];

/** The processor's time, not the clock's: what else runs on the machine is no part of it. */
function timeOf(work: () => void): number {
  const started = process.cpuUsage();
  try {
    work();
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== 'string') throw error;
  }
  const { user, system } = process.cpuUsage(started);
  return Math.max((user + system) / 1000, LEAST_MS);
}

/** Whether input of ten times the size takes no more than linear time; tried again where garbage was collected meanwhile. */
function expectLinear(read: (bytes: number) => () => void): void {
  const small = read(MIB);
  const large = read(10 * MIB);
  let times = Infinity;
  for (let tries = 0, short = 0; tries < 3 && times >= MOST_TIMES; tries += 1) {
    short = Math.max(short, timeOf(small));
    times = timeOf(large) / short;
  }
  expect(times).toBeLessThan(MOST_TIMES);
}

describe('the reader takes time linear in the length of the text', () => {
  it.each(SHAPES)('%s', (_name, shape) => {
    expectLinear((bytes) => {
      const text = shape(bytes);
      return () => void parseConfigText(text);
    });
  });

  it('up to the longest text that is read at all', () => {
    expect(() => parseConfigText('#'.repeat(MAX_CONFIG_BYTES))).not.toThrow();
    expect(() => parseConfigText('#'.repeat(MAX_CONFIG_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'CONFIG_TOO_LARGE' }),
    );
  });
});

describe('what reads one device takes time linear in its length', () => {
  it.each<[string, (bytes: number) => string, (text: string) => unknown]>([
    ['commas in a disk', (bytes) => ','.repeat(bytes), parseDisk],
    ['prefixes of a disk', (bytes) => 'phy:'.repeat(bytes / 4), parseDisk],
    ['blanks in a disk', (bytes) => `${' '.repeat(bytes)}x`, parseDisk],
    ['options of a disk', (bytes) => 'rw,'.repeat(bytes / 3), parseDisk],
    ['options of an interface', (bytes) => 'mac=1,'.repeat(bytes / 6), parseVif],
    ['blanks in an interface', (bytes) => `bridge${' '.repeat(bytes)}=x`, parseVif],
  ])('%s', (_name, shape, read) => {
    expectLinear((bytes) => {
      const text = shape(bytes);
      return () => void read(text);
    });
  });
});
