import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SCRIPTS } from '../../src/completion/scripts.js';
import { environment } from '../support/environment.js';
import { COMMAND } from '../support/paths.js';
import { testHost, type TestHost } from '../support/host.js';

jest.setTimeout(60_000);

let host: TestHost;
let bin: string;

beforeAll(() => {
  host = testHost();
  bin = join(host.directory, 'bin');
  mkdirSync(bin);
  symlinkSync(COMMAND, join(bin, 'xen-image'));
  host.file('guest one.cfg', '');
  host.file('guest-two.cfg', '');
});
afterAll(() => {
  host.remove();
});

/** What bash would offer for the last word, as it would be inserted. */
function offered(...words: string[]): string[] {
  const script = `${SCRIPTS['bash'] ?? ''}
    cd "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _xen_image
    ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
    true`;
  const text = execFileSync(
    'bash',
    ['--norc', '--noprofile', '-c', script, 'bash', host.directory, 'xen-image', ...words],
    {
      env: environment({ PATH: `${bin}:${process.env['PATH'] ?? ''}`, SHLVL: '1' }),
      encoding: 'utf8',
    },
  );
  return text.split('\n').slice(0, -1);
}

describe('completion in bash, by the built command', () => {
  it('offers commands and options', () => {
    expect(offered('cr')).toEqual(['create']);
    expect(offered('plan', '--pro')).toEqual(['--profile']);
    expect(offered('plan', '--profile', 'x')).toEqual(['xend']);
  });

  it('offers files, also with blanks in their names', () => {
    expect(offered('plan', 'guest').sort()).toEqual(['guest one.cfg', 'guest-two.cfg']);
  });
});
