import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameAllocator } from '../../src/frames/frame-allocator.js';
import { countFrames, type FrameRun } from '../../src/frames/frame-run.js';
import { EXTENT_FRAMES, FRAMES_1G, FRAMES_2M, type ExtentSize } from '../../src/units.js';

function allocatorOf(start: number, count: number): FrameAllocator {
  const frames = new FrameAllocator();
  frames.free({ start, count });
  return frames;
}

describe('extents of 4 KiB, 2 MiB and 1 GiB', () => {
  it('begin at a multiple of their size', () => {
    const frames = allocatorOf(100, 3 * FRAMES_1G);
    for (const { start, count } of frames.take('1g', 5)) {
      expect(start % FRAMES_1G).toBe(0);
      expect(count % FRAMES_1G).toBe(0);
    }
    for (const { start, count } of frames.take('2m', 700)) {
      expect(start % FRAMES_2M).toBe(0);
      expect(count % FRAMES_2M).toBe(0);
    }
  });

  it('are as many as memory holds, and no more', () => {
    const frames = allocatorOf(0, FRAMES_1G + 3 * FRAMES_2M + 5);
    expect(frames.available('1g')).toBe(1);
    expect(frames.available('2m')).toBe(515);
    expect(frames.available('4k')).toBe(FRAMES_1G + 3 * FRAMES_2M + 5);
    expect(countFrames(frames.take('2m', 10_000))).toBe(515 * FRAMES_2M);
    expect(frames.take('2m', 1)).toEqual([]);
    expect(countFrames(frames.take('4k', 10))).toBe(5);
    expect(frames.freeFrames).toBe(0);
  });

  it('spare what is large: small ones come from what is broken already', () => {
    const frames = allocatorOf(0, 2 * FRAMES_1G);
    frames.take('4k', 1);
    frames.take('4k', 511);
    expect(frames.available('1g')).toBe(1);
    expect(frames.available('2m')).toBe(1023);
  });

  it('come from the lowest address', () => {
    const frames = allocatorOf(0, 4 * FRAMES_2M);
    const first = frames.take('2m', 1);
    const second = frames.take('2m', 1);
    for (const run of first) frames.free(run);
    expect(second).toEqual([{ start: FRAMES_2M, count: FRAMES_2M }]);
    expect(frames.take('2m', 1)).toEqual([{ start: 0, count: FRAMES_2M }]);
  });

  it('are the same whatever happened before, if the same is free', () => {
    const used = allocatorOf(0, 2 * FRAMES_1G);
    const runs = [...used.take('4k', 700), ...used.take('2m', 600), ...used.take('4k', 3)];
    for (const run of runs.reverse()) used.free(run);
    const fresh = allocatorOf(0, 2 * FRAMES_1G);
    expect(used.freeRuns()).toEqual(fresh.freeRuns());
    expect(used.take('4k', 5)).toEqual(fresh.take('4k', 5));
    expect(used.take('1g', 2)).toEqual(fresh.take('1g', 2));
  });

  it('become one again when neighbours are free', () => {
    const frames = allocatorOf(0, FRAMES_1G);
    const runs = [frames.take('4k', 1), frames.take('4k', 1), frames.take('2m', 3)].flat();
    expect(frames.available('1g')).toBe(0);
    for (const run of runs) frames.free(run);
    expect(frames.available('1g')).toBe(1);
  });

  it.each(['4k', '2m', '1g'] as const)('are not freed twice (%s)', (size) => {
    const frames = allocatorOf(0, 2 * FRAMES_1G);
    const [run] = frames.take(size, 1);
    frames.free(run!);
    expect(() => {
      frames.free(run!);
    }).toThrow('freed twice');
  });

  it('agree with a map of single frames after any sequence of taking and giving back', () => {
    // Three GiB with ragged ends; single frames would be too many, so the map is one of runs, made the naive way.
    const action = fc.record({
      size: fc.constantFrom<ExtentSize>('4k', '2m', '1g'),
      count: fc.integer({ min: 1, max: 1500 }),
      give: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const start = 77;
        const total = 3 * FRAMES_1G - 1000;
        const frames = allocatorOf(start, total);
        const taken: FrameRun[] = [];
        for (const { size, count, give } of actions) {
          const available = frames.available(size);
          const runs = frames.take(size, count);
          expect(countFrames(runs)).toBe(Math.min(available, count) * EXTENT_FRAMES[size]);
          taken.push(...runs);
          for (const run of taken.splice(0, give)) frames.free(run);
          expectPartition(start, total, frames.freeRuns(), taken);
          expect(frames.freeFrames + countFrames(taken)).toBe(total);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Free and taken runs cover the memory, each frame once. */
function expectPartition(start: number, total: number, ...parts: readonly FrameRun[][]): void {
  let next = start;
  for (const run of parts.flat().sort((a, b) => a.start - b.start)) {
    expect(run.start).toBe(next);
    next += run.count;
  }
  expect(next).toBe(start + total);
}
