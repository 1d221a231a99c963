import { describe, expect, it } from '@jest/globals';
import { figure, wholeMib } from '../../src/plugin.js';
import { workedOut } from '../support/figures.js';

describe('whole MiB', () => {
  it.each([
    [0, 0],
    [1023, 0],
    [1024, 1],
    [1025, 1],
    [525311, 512],
    [-1, -1],
    [-1024, -1],
    [-1025, -2],
    [2 ** 53 - 1, 2 ** 43 - 1],
  ])('of %d KiB are %d', (kib, mib) => {
    expect(wholeMib(kib)).toBe(mib);
  });
});

describe('a figure', () => {
  it('counts in KiB unless said', () => {
    expect(figure('memmapLimit', 5, 'a + b', { a: 2, b: 3 })).toEqual({
      name: 'memmapLimit',
      value: 5,
      unit: 'KiB',
      formula: 'a + b',
      inputs: { a: 2, b: 3 },
    });
    expect(figure('size', 1, '1', {}, 'MiB').unit).toBe('MiB');
  });

  it('has a formula that can be worked out', () => {
    expect(workedOut(figure('x', 0, 'max(4 * floor(a / 1024), b)', { a: 3000, b: 7 }))).toBe(8);
  });
});
