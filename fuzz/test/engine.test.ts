import { describe, expect, it } from '@jest/globals';
import { expectCoded } from '../engine/expect.js';
import { mutateJson } from '../engine/mutate-json.js';
import { MOST_INPUT_BYTES, mutate } from '../engine/mutate.js';
import { randomFrom } from '../engine/random.js';
import { InputReader } from '../engine/reader.js';
import { shrink } from '../engine/shrink.js';

describe('inputs', () => {
  it('come again with their seed, and differ with another', () => {
    const made = (seed: number) => {
      const random = randomFrom(seed);
      const corpus = [Buffer.from('memory = 64\n'), Buffer.from('name = "x"\n')];
      return Array.from({ length: 50 }, () => mutate(corpus[0]!, random, corpus, ['[', 'disk']).toString('hex'));
    };
    expect(made(1)).toEqual(made(1));
    expect(made(1)).not.toEqual(made(2));
    expect(new Set(made(1)).size).toBeGreaterThan(30);
  });

  it('do not outgrow their bound', () => {
    const random = randomFrom(3);
    let input: Buffer = Buffer.alloc(MOST_INPUT_BYTES, 65);
    for (let times = 0; times < 200; times += 1) {
      input = mutate(input, random, [input], []);
      expect(input.length).toBeLessThanOrEqual(MOST_INPUT_BYTES);
    }
  });

  it('of JSON stay JSON', () => {
    const random = randomFrom(4);
    const seed = Buffer.from('{"a":[1,{"b":"c"}],"d":null}');
    const made = Array.from({ length: 100 }, () => mutateJson(seed, random).toString());
    for (const text of made) JSON.parse(text);
    expect(made.some((text) => text.includes('__proto__'))).toBe(true);
  });

  it('that are JSON depend on their seed alone, not on those made before', () => {
    const made = () => {
      const random = randomFrom(5);
      const seed = Buffer.from('{"a":[1,{"b":"c"}],"d":null}');
      return Array.from({ length: 20_000 }, () => mutateJson(seed, random).toString());
    };
    expect(made()).toEqual(made());
  });
});

describe('a failing input', () => {
  it('is made as small as it can be and still fails', async () => {
    const failing = Buffer.from(`${'x'.repeat(500)}BAD${'y'.repeat(500)}`);
    const smallest = await shrink(failing, async (input) => input.includes('B') && input.includes('D'));
    expect(smallest.toString()).toBe('BD');
  });
});

describe('a refusal', () => {
  it('is one by its code, which is documented', () => {
    expect(() => expectCoded(new RangeError('x'))).toThrow(RangeError);
    expect(() => expectCoded(undefined)).toThrow();
  });
});

describe('the reader of an input', () => {
  it('gives zeros beyond the end', () => {
    const reader = new InputReader(Buffer.from([2, 65, 66, 67]));
    expect([reader.piece().toString(), reader.byte(), reader.byte(), reader.word(), reader.done]).toEqual([
      'AB',
      67,
      0,
      0,
      true,
    ]);
  });
});
