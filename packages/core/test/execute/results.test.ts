import { describe, expect, it } from '@jest/globals';
import { Results } from '../../src/execute/results.js';

describe('results of actions', () => {
  const results = () => new Results({ domid: 7, options: ['-name', 'a b', '-sdl', '-serial', 'pty'] });

  it('stand for references, and plain values for themselves', () => {
    expect(results().resolve({ ref: 'domid' })).toBe(7);
    expect(results().resolve('x')).toBe('x');
    expect(results().resolve(null)).toBe(null);
  });

  it('are missing by name', () => {
    expect(() => results().get('storeFrame')).toThrow(
      expect.objectContaining({ code: 'RESULT_MISSING', message: expect.stringContaining('storeFrame') }),
    );
  });

  it('join a list, without what is left out', () => {
    const join = { join: { ref: 'options' }, separator: ' ', without: ['-sdl', '-serial', 'pty'] };
    expect(results().storeValue(join)).toBe('-name a b');
  });

  it('do not become a node’s value where they are no scalar', () => {
    expect(() => results().storeValue({ ref: 'options' })).toThrow(TypeError);
  });

  it('are numbers only where they are', () => {
    expect(results().number({ ref: 'domid' })).toBe(7);
    expect(() => results().number({ ref: 'options' })).toThrow(TypeError);
  });
});
