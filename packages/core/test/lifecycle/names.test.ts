import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nameNode } from '../../src/lifecycle/names.js';

describe('the index node of a name', () => {
  it('holds only what a xenstore path can, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const node = nameNode(name);
        expect(node).toMatch(/^\/xen-image\/name\/[A-Za-z0-9@_-]+$/);
      }),
    );
  });

  it('is another for another name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, two) => {
        expect(nameNode(one) === nameNode(two)).toBe(Buffer.from(one).equals(Buffer.from(two)));
      }),
    );
  });
});
