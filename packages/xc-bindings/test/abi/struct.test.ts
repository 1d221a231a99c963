import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  bytesToInteger,
  fieldBytes,
  readBytes,
  readField,
  readNumber,
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
