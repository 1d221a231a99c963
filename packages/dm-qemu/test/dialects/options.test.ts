import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escaped, implied } from '../../src/dialects/options.js';
import { readOption } from '../support/qemu-options.js';

describe('a value in an option', () => {
  it.each([
    ['plain', 'plain'],
    ['x,script=/tmp/evil', 'x,,script=/tmp/evil'],
    [',,', ',,,,'],
  ])('%s is escaped as %s', (value, text) => {
    expect(escaped(value)).toBe(text);
  });

  it.each([
    ['plain', 'plain'],
    ['a,b', 'a,,b'],
    ['a=b', 'guest=a=b'],
    ['a,process=evil', 'guest=a,,process=evil'],
  ])('%s with an implied key is %s', (value, text) => {
    expect(implied('guest', value)).toBe(text);
  });
});

describe('whatever a value holds', () => {
  const texts = fc.string({ unit: fc.constantFrom(',', '=', 'a', 'on', ' ', 'é', '"'), minLength: 1, maxLength: 12 });

  it('QEMU reads the same value again, and no other option', () => {
    fc.assert(
      fc.property(texts, (value) => {
        expect([...readOption(`br=${escaped(value)},script=no`)]).toEqual([
          ['br', value],
          ['script', 'no'],
        ]);
      }),
    );
  });

  it('QEMU reads it where the key is implied', () => {
    fc.assert(
      fc.property(texts, (value) => {
        expect([...readOption(`${implied('guest', value)},id=nic0`, 'guest')]).toEqual([
          ['guest', value],
          ['id', 'nic0'],
        ]);
      }),
    );
  });
});
