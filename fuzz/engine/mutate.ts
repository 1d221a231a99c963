import type { Random } from './random.js';

/** The longest input that is made: long enough for loops to show, short enough for thousands a second. */
export const MOST_INPUT_BYTES = 64 * 1024;

/** Numbers at which programs go wrong. */
const EDGES = [
  '0',
  '-1',
  '1',
  '127',
  '255',
  '4095',
  '4096',
  '4097',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551616',
  '1e308',
  '00',
  '0x7fffffff',
];

const EDGE_WORDS = [0, 1, 0x7f, 0xff, 0x1000, 0x1001, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Texts that mean something to one layer or another. */
const HOSTILE = [
  '__proto__',
  'constructor',
  'prototype',
  '../',
  '/',
  '\0',
  '\n',
  '\r',
  '@',
  ',',
  ',,',
  '%n',
  '\u001b[2J',
  '\u009b31m',
  '\u202e',
  '\ud800',
  '\ufeff',
  '[[[[[[[[',
  '"',
  "'",
  '\\',
  '#',
  ';',
];

type Mutation = (input: Buffer, random: Random, corpus: readonly Buffer[], words: readonly string[]) => Buffer;

/** A stretch of an input: where it begins and ends. */
function stretch(input: Buffer, random: Random, most = input.length): [number, number] {
  const start = random.below(input.length + 1);
  const length = random.below(Math.min(most, input.length - start) + 1);
  return [start, start + length];
}

function replaced(input: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);
}

const MUTATIONS: readonly Mutation[] = [
  // A bit.
  (input, random) => {
    if (input.length === 0) return input;
    const changed = Buffer.from(input);
    const at = random.below(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    return changed;
  },
  // Bytes instead of others.
  (input, random) => {
    const [start, end] = stretch(input, random, 8);
    return replaced(
      input,
      start,
      end,
      Uint8Array.from({ length: random.below(8) }, () => random.below(256)),
    );
  },
  // Something left out.
  (input, random) => {
    const [start, end] = stretch(input, random);
    return replaced(input, start, end, Buffer.alloc(0));
  },
  // Something again, once or very often.
  (input, random) => {
    const [start, end] = stretch(input, random, 64);
    const times = random.once(8) ? 1 + random.below(1000) : 1 + random.below(3);
    return replaced(input, end, end, Buffer.from(input.toString('latin1', start, end).repeat(times), 'latin1'));
  },
  // A word that the target knows, or that something hates.
  (input, random, _corpus, words) => {
    const word = words.length > 0 && !random.once(3) ? random.pick(words) : random.pick(HOSTILE);
    const [start, end] = stretch(input, random, 12);
    return replaced(input, start, random.once(2) ? start : end, Buffer.from(word));
  },
  // Another number instead of one in the text.
  (input, random) => {
    const numbers = [...input.toString('latin1').matchAll(/\d+/g)];
    if (numbers.length === 0) return input;
    const { index, 0: digits } = random.pick(numbers);
    return replaced(input, index, index + digits.length, Buffer.from(random.pick(EDGES)));
  },
  // Another 32-bit number.
  (input, random) => {
    if (input.length < 4) return input;
    const changed = Buffer.from(input);
    changed.writeUInt32LE(random.pick(EDGE_WORDS), random.below(changed.length - 3));
    return changed;
  },
  // The beginning of one and the end of another.
  (input, random, corpus) => {
    const other = random.pick(corpus);
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length)),
    ]);
  },
  // A piece of another.
  (input, random, corpus) => {
    const other = random.pick(corpus);
    const [start, end] = stretch(other, random, 256);
    const at = random.below(input.length + 1);
    return replaced(input, at, at, other.subarray(start, end));
  },
];

/** An input made of those that are there. */
export const mutate: Mutation = (input, random, corpus, words) => {
  let changed = input;
  for (let times = 1 + random.below(4); times > 0; times -= 1) {
    changed = random.pick(MUTATIONS)(changed, random, corpus, words);
  }
  return changed.length > MOST_INPUT_BYTES ? changed.subarray(0, MOST_INPUT_BYTES) : changed;
};
