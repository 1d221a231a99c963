import { execFileSync } from 'node:child_process';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { shellCommand, shellWord } from '../../src/output/shell-words.js';

jest.setTimeout(60_000);

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function bash(script: string, locale: string): Buffer {
  return execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
    env: { LC_ALL: locale, PATH: '/usr/bin:/bin', SHLVL: '1' },
  });
}

/** What a shell makes of a text: the arguments it hands to a program. */
function readByShell(text: string, locale = 'C.UTF-8'): string[] {
  const printed = bash(`printf '%s\\0' ${text}`, locale);
  return printed.toString('utf8').split('\0').slice(0, -1);
}

/** Words as arguments have them: whole characters, no NUL. What shells act on comes often. */
const word = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  fc.string({ unit: fc.constantFrom(...' \'"\\$`!*?[]{}()<>|&;#~=%^-,:\n\t\r\x1b\x7f\x9b\u202eaé東'.split('')) }),
);

describe('shellWord', () => {
  it.each([
    ['-xen-domid', '-xen-domid'],
    ['if=ide,index=0', 'if=ide,index=0'],
    ['file=/a b', "'file=/a b'"],
    ["it's", "'it'\\''s'"],
    ['<domid>', "'<domid>'"],
    ['', "''"],
    ['~root', "'~root'"],
    ['=ls', "'=ls'"],
    ['\x1b[31m', "$'\\e[31m'"],
  ])('writes %j as %s', (text, quoted) => {
    expect(shellWord(text)).toBe(quoted);
  });

  it('refuses a NUL, which no argument holds', () => {
    expect(() => shellWord('a\0b')).toThrow(TypeError);
  });

  it('holds nothing that a terminal acts on', () => {
    fc.assert(fc.property(word, (text) => !UNPRINTABLE.test(shellWord(text))));
  });
});

describe('shellCommand', () => {
  it('gives back every argument list that it was given', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        expect(readByShell(shellCommand(words))).toEqual(words);
      }),
      { numRuns: 150 },
    );
  });

  it('does so in a locale without UTF-8', () => {
    const words = ['é', '\u202e', '\x9b', "a'\n", '東京'];
    expect(readByShell(shellCommand(words), 'C')).toEqual(words);
  });

  it('puts an option with its values on a line, and the environment in front', () => {
    const text = shellCommand(['qemu', '-m', '64', '-nodefaults', '-name', 'a b'], { DISPLAY: ':0' });
    expect(text).toBe("DISPLAY=:0 \\\n  qemu \\\n  -m 64 \\\n  -nodefaults \\\n  -name 'a b'");
  });

  it('hands the environment to the program', () => {
    const value = "it's \x1b[31m";
    const text = shellCommand(['printenv', 'X'], { X: value, EMPTY: '' });
    expect(bash(text, 'C.UTF-8').toString()).toBe(`${value}\n`);
  });
});
