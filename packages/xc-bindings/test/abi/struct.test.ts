import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  bytesToInteger,
  fieldBytes,
  readBytes,
  readField,
  readNumber,
  readPages,
  readText,
  writeField,
  writeStruct,
} from '../../src/abi/struct.js';
import type { StructLayout } from '../../src/abi/table.js';

const LAYOUT: StructLayout<'a' | 'b' | 'c' | 'bytes'> = {
  size: 24,
  fields: { a: [0, 1], b: [4, 4], c: [8, 8], bytes: [16, 8] },
};

describe('structs', () => {
  it('give back what was written, and leave the rest zero', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(0xffff_ffff), fc.bigInt(0n, (1n << 64n) - 1n), (a, b, c) => {
        const struct = writeStruct(LAYOUT, { a, b, c });
        expect([
          readNumber(LAYOUT, struct, 'a'),
          readNumber(LAYOUT, struct, 'b'),
          readField(LAYOUT, struct, 'c'),
        ]).toEqual([a, b, c]);
        expect(struct.subarray(1, 4).equals(Buffer.alloc(3))).toBe(true);
        expect(readBytes(LAYOUT, struct, 'bytes').equals(Buffer.alloc(8))).toBe(true);
      }),
    );
  });

  it('have numbers of one, two, four and eight bytes, and of others, that are read as written', () => {
    const wide: StructLayout<'one' | 'two' | 'three' | 'four' | 'eight'> = {
      size: 24,
      fields: { one: [0, 1], two: [2, 2], three: [5, 3], four: [8, 4], eight: [16, 8] },
    };
    const number = (bytes: number) => fc.nat(2 ** (8 * bytes) - 1);
    const any = fc.record({
      one: number(1),
      two: number(2),
      three: number(3),
      four: number(4),
      eight: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(any, (values) => {
        const struct = writeStruct(wide, values);
        const read = (field: keyof typeof values): number => readNumber(wide, struct, field);
        expect({
          one: read('one'),
          two: read('two'),
          three: read('three'),
          four: read('four'),
          eight: read('eight'),
        }).toEqual(values);
      }),
    );
  });

  it.each([
    [2n ** 48n, 2 ** 48],
    [2n ** 48n - 1n, 2 ** 48 - 1],
    [2n ** 32n, 2 ** 32],
    [2n ** 48n + 1n, undefined],
    [2n ** 64n - 1n, undefined],
  ])('have %d pages where a machine can have as many', (written, read) => {
    const pages = () => readPages(LAYOUT, writeStruct(LAYOUT, { c: written }), 'c');
    if (read === undefined) expect(pages).toThrow(expect.objectContaining({ code: 'XEN_ANSWER_INVALID' }));
    else expect(pages()).toBe(read);
  });

  it('refuse a number that is not safe, and take the largest that is', () => {
    const number = (value: bigint) => readNumber(LAYOUT, writeStruct(LAYOUT, { c: value }), 'c');
    expect(number(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    for (const value of [2n ** 53n, 2n ** 53n + 1n]) {
      expect(() => number(value)).toThrow(expect.objectContaining({ code: 'XEN_ANSWER_INVALID' }));
    }
  });

  it('are written and read in an array of them', () => {
    const array = Buffer.alloc(48);
    writeField(LAYOUT, array, 'b', 7, 24);
    expect(readNumber(LAYOUT, array, 'b', 24)).toBe(7);
    expect(readNumber(LAYOUT, array, 'b')).toBe(0);
  });

  it('refuse values that do not fit', () => {
    for (const [field, value] of [
      ['a', 256],
      ['a', -1],
      ['b', 2 ** 32],
      ['c', 1n << 64n],
      ['bytes', Buffer.alloc(9)],
    ] as const) {
      expect(() => writeStruct(LAYOUT, { [field]: value })).toThrow(RangeError);
    }
    expect(() => fieldBytes('wide', [0, 9], 1)).toThrow(RangeError);
    expect(() => bytesToInteger(Buffer.alloc(9))).toThrow(RangeError);
    expect(() => readNumber(LAYOUT, Buffer.alloc(24, 0xff), 'c')).toThrow(
      expect.objectContaining({ code: 'XEN_ANSWER_INVALID' }),
    );
  });

  it('read text up to the first NUL, or all of it', () => {
    expect(readText(Buffer.from('xen\0rest'))).toBe('xen');
    expect(readText(Buffer.from('full'))).toBe('full');
  });
});
