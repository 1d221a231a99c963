import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { findAbiTable } from '../../src/index.js';
import { xenHeaders } from '../support/headers.js';

const PROBE = fileURLToPath(new URL('../../scripts/abi/probe-cli.mjs', import.meta.url));

interface Probed {
  readonly constants: unknown;
  readonly structs: unknown;
  readonly functions: Record<string, string>;
}

describe("the table of Xen 4.17 and Debian's headers of it", () => {
  const probed = JSON.parse(
    execFileSync(process.execPath, [PROBE, xenHeaders()], { encoding: 'utf8', env: { PATH: process.env['PATH'] } }),
  ) as Probed;
  const table = findAbiTable('4.17');

  it('agree on every size and offset', () => {
    expect(table?.structs).toEqual(probed.structs);
  });

  it('agree on every constant', () => {
    expect(table?.constants).toEqual(probed.constants);
  });

  it('agree on every prototype', () => {
    expect(Object.keys(probed.functions)).toEqual(Object.keys(table?.functions ?? {}));
    for (const [name, prototype] of Object.entries(probed.functions)) {
      expect(table?.functions[name]).toContain(prototype);
    }
  });
});
