import { describe, expect, it } from '@jest/globals';
import { OP, opName } from '../src/operations.js';

describe('operations', () => {
  it('have the numbers of xs_wire.h', () => {
    expect(OP.WATCH).toBe(4);
    expect(OP.GET_PERMS).toBe(3);
    expect(OP.SET_PERMS).toBe(14);
    expect(OP.DIRECTORY_PART).toBe(22);
  });

  it('have names, but for numbers that the protocol does not use', () => {
    expect(opName(16)).toBe('ERROR');
    expect(opName(20)).toBeUndefined();
  });
});
