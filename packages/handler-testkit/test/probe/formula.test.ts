import { describe, expect, it } from '@jest/globals';
import { workOut } from '@xen-image/handler-testkit';

const inputs = { a: 7, b: 3, maxmemKib: 65537 };

describe('a formula', () => {
  it.each([
    ['a + b * 2', 13],
    ['(a + b) * 2', 20],
    ['a - b - 1', 3],
    ['4 * (256 * b + floor(maxmemKib / 1024))', 3328],
    ['max(a, b, 9)', 9],
    ['min(a, b) + ceil(maxmemKib / 1024)', 68],
    ['0.5 * a', 3.5],
  ])('%s comes to %d', (formula, value) => {
    expect(workOut({ formula, inputs }).value).toBe(value);
  });

  it('tells which inputs it uses', () => {
    expect([...workOut({ formula: 'a + max(b, 1)', inputs }).used]).toEqual(['a', 'b']);
  });

  it.each(['', 'a +', 'a b', 'x', 'max(a', 'a; process.exit(1)', 'constructor', 'a ** b', 'sqrt(a)'])(
    '%p is refused',
    (formula) => {
      expect(() => workOut({ formula, inputs })).toThrow(TypeError);
    },
  );
});
