import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OP } from '../src/operations.js';
import { encodeFrame, encodeFrames, FrameDecoder, joinStrings, splitStrings } from '../src/wire.js';
import type { Frame } from '../src/wire.js';

const word = fc.integer({ min: 0, max: 0xffffffff });
const aFrame = fc
  .record({
    op: word,
    requestId: word,
    transactionId: word,
    payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  })
  .map((frame): Frame => ({ ...frame, bytes: frame.payload.length }));

function decode(chunks: readonly Buffer[], limit = 4096): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder({
    limit: () => limit,
    frame: (op, requestId, transactionId, bytes, start, end) =>
      frames.push({
        op,
        requestId,
        transactionId,
        payload: Buffer.from(bytes.subarray(start, end)),
        bytes: end - start,
      }),
  });
  for (const chunk of chunks) decoder.push(chunk);
  return frames;
}

/** Cuts bytes at the places, in any order and number. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  return [...ends, bytes.length].map((end) => bytes.subarray(from, (from = end)));
}

describe('frames', () => {
  it('are four little-endian words and the payload', () => {
    const bytes = encodeFrame(OP.READ, 0x01020304, 5, '/a\0');
    expect(bytes.toString('hex')).toBe(['02000000', '04030201', '05000000', '03000000', '2f6100'].join(''));
  });
});

describe('a payload', () => {
  it('is the same as text and as bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(encodeFrame(1, 2, 3, text)).toEqual(encodeFrame(1, 2, 3, Buffer.from(text)));
      }),
    );
  });
});

describe('the decoder', () => {
  it('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(aFrame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 40 }), (frames, places) => {
        expect(decode(cut(encodeFrames(frames), places))).toEqual(frames);
      }),
      { numRuns: 500 },
    );
  });

  it('finds them byte by byte', () => {
    fc.assert(
      fc.property(fc.array(aFrame, { maxLength: 3 }), (frames) => {
        const bytes = encodeFrames(frames);
        expect(decode(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)))).toEqual(frames);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a frame beyond the limit as soon as its header is whole, and takes nothing afterwards', () => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(OP.READ, 0);
    header.writeUInt32LE(4097, 12);
    expect(() => decode([header])).toThrow(
      expect.objectContaining({ code: 'XENSTORE_PROTOCOL', data: { op: OP.READ, length: 4097, limit: 4096 } }),
    );
    header.writeUInt32LE(0xffffffff, 12);
    expect(() => decode([header.subarray(0, 7), header.subarray(7)])).toThrow(/4294967295 bytes/);
  });

  it('takes a frame of exactly the limit', () => {
    const frame = { op: OP.READ, requestId: 1, transactionId: 0, payload: Buffer.alloc(4096, 7), bytes: 4096 };
    expect(decode(cut(encodeFrames([frame]), [3, 20, 4000]))).toEqual([frame]);
  });

  it('takes nothing more once it is stopped, the rest of the chunk included', () => {
    const seen: number[] = [];
    const decoder = new FrameDecoder({
      limit: () => 4096,
      frame: (op) => {
        seen.push(op);
        decoder.stop();
      },
    });
    decoder.push(Buffer.concat([1, 2, 3].map((op) => encodeFrame(op, 1, 0, 'ab'))));
    decoder.push(encodeFrame(4, 1, 0, ''));
    expect(seen).toEqual([1]);
  });

  it('says whether it is in the middle of a frame', () => {
    const decoder = new FrameDecoder({ limit: () => 4096, frame: () => undefined });
    const bytes = encodeFrame(1, 1, 0, 'abc');
    const middle = [1, 16, 18, 19].map((end, index, ends) => {
      decoder.push(bytes.subarray(ends[index - 1] ?? 0, end));
      return decoder.midFrame;
    });
    expect(middle).toEqual([true, true, true, false]);
  });

  it('works in time linear in the bytes, in the smallest pieces', () => {
    const time = (count: number): number => {
      const frame = encodeFrame(OP.READ, 1, 0, Buffer.alloc(4096));
      let frames = 0;
      const decoder = new FrameDecoder({ limit: () => 4096, frame: () => (frames += 1) });
      const start = process.cpuUsage();
      for (let round = 0; round < count; round += 1) {
        for (let at = 0; at < frame.length; at += 1) decoder.push(frame.subarray(at, at + 1));
      }
      expect(frames).toBe(count);
      return process.cpuUsage(start).user;
    };
    time(40);
    const once = time(40);
    const tenTimes = time(400);
    expect(tenTimes / once).toBeLessThan(40);
  });
});

describe('strings of a payload', () => {
  it('survive being joined and split', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (strings) => {
        expect(splitStrings(Buffer.from(joinStrings(...strings)))).toEqual(strings);
      }),
    );
  });

  it('end with a NUL each', () => {
    expect(splitStrings(Buffer.from('a\0b'))).toBeUndefined();
    expect(splitStrings(Buffer.alloc(0))).toEqual([]);
    expect(splitStrings(Buffer.from('\0'))).toEqual(['']);
  });
});
