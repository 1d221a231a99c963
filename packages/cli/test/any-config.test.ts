import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { CONFIG_OPTIONS } from '@xen-image/core';
import { run } from './support/run.js';

jest.setTimeout(60_000);

const text = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.constantFrom(
    'hvm',
    'pv',
    'linux',
    '/boot/vmlinuz',
    'phy:/dev/a,xvda,w',
    'bridge=xenbr0',
    'vnc=1',
    '64',
    '-1',
    'cda',
    '1:ecx=x',
  ),
);
const number = fc.oneof(fc.constantFrom(0, 1, 2, 64, 4096), fc.integer());
const scalar = fc.oneof(text, number);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.array(fc.array(scalar, { maxLength: 3 }), { maxLength: 2 }),
);
const key = fc.constantFrom(...CONFIG_OPTIONS.filter(({ status }) => status === 'used').map(({ name }) => name));

/** A value as a configuration file has it. */
function written(given: unknown): string {
  if (Array.isArray(given)) return `[${given.map(written).join(', ')}]`;
  if (typeof given === 'number') return String(given);
  return `"${String(given).replace(/[\\"]/g, '\\$&')}"`;
}

const config = fc
  .tuple(fc.constantFrom('hvm', 'pv'), fc.dictionary(key, value, { maxKeys: 8 }))
  .map(([type, settings]) => {
    const base: Record<string, unknown> = { name: 'g', memory: 64, type, kernel: '/boot/vmlinuz' };
    return Object.entries({ ...base, ...settings })
      .map(([name, given]) => `${name} = ${written(given)}\n`)
      .join('');
  });

describe('any configuration', () => {
  it.each(['modern', 'xend'])('either plans or fails with a coded error under %s', async (profile) => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(config, async (stdin) => {
        const { code, stdout } = await run(['plan', '-', '--profile', profile, '--json'], { stdin });
        const document = JSON.parse(stdout) as { error?: { code: string; message: string } };
        if (code === 0) planned++;
        else
          expect(document.error).toMatchObject({
            code: expect.stringMatching(/^[A-Z][A-Z0-9_]+$/),
            message: expect.stringMatching(/./),
          });
        expect(document.error?.code).not.toBe('INTERNAL');
      }),
      { numRuns: 300 },
    );
    // The property is of use only as long as some of them plan.
    expect(planned).toBeGreaterThan(20);
  });
});
