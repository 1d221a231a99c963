import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { errnoName } from '../src/index.js';

describe('errnoName', () => {
  it('names every number that the C headers of this machine define', () => {
    const defines = execFileSync('cc', ['-E', '-dM', '-'], { input: '#include <errno.h>\n', encoding: 'utf8' });
    const found = [...defines.matchAll(/^#define (E[A-Z0-9]+) (\d+)$/gm)];
    expect(found.length).toBeGreaterThan(120);
    expect(found.map(([, , number]) => errnoName(Number(number)))).toEqual(found.map(([, name]) => name));
  });

  it('agrees with Node on those that Node knows', () => {
    const aliases = new Set(['EWOULDBLOCK', 'ENOTSUP', 'EDEADLOCK']);
    for (const [name, number] of Object.entries(constants.errno)) {
      if (!aliases.has(name)) expect(errnoName(number)).toBe(name);
    }
  });

  it('says unknown of a number that was lost', () => {
    expect(errnoName(undefined)).toBe('unknown');
    expect(errnoName(0)).toBe('unknown');
  });

  it('gives the number of one without a name', () => {
    expect(errnoName(41)).toBe('errno 41');
    expect(errnoName(4095)).toBe('errno 4095');
  });
});
