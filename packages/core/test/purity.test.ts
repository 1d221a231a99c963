import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const packages = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Every module that a package's sources import, with the file that does. */
function importsOf(name: string): { file: string; specifier: string }[] {
  const folder = join(packages, name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const found = text.matchAll(
        /(?:^|\n)\s*(?:import|export)[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'|import\s+'([^']+)'|require\(\s*'([^']+)'/g,
      );
      return [...found].map((match) => ({ file, specifier: match.slice(1).find((part) => part !== undefined) ?? '' }));
    });
}

const outside = (name: string) => importsOf(name).filter(({ specifier }) => !specifier.startsWith('.'));

describe('core', () => {
  it('is made of the sources this test looks at', () => {
    expect(importsOf('core').length).toBeGreaterThan(100);
  });

  it('uses of Node what needs no process, no socket, no file and no native code', () => {
    const builtins = outside('core').filter(({ specifier }) => specifier.startsWith('node:'));
    expect([...new Set(builtins.map(({ specifier }) => specifier))].sort()).toEqual(['node:crypto']);
  });

  it('depends on no package of ours and on no addon', () => {
    const { dependencies } = JSON.parse(readFileSync(join(packages, 'core/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const specifiers = outside('core')
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith('node:'));
    const allowed = ['debug', 'fastest-levenshtein', 'p-queue', 'reflect-metadata', 'tsyringe', 'zod'];
    expect([...new Set(specifiers)].filter((specifier) => !allowed.includes(specifier))).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe('arrows between packages', () => {
  const ours = (name: string) =>
    outside(name).filter(
      ({ specifier }) => specifier.startsWith('@xen-image/') && !specifier.startsWith('@xen-image/core'),
    );

  it.each(['handler-x86-pv', 'handler-x86-hvm', 'handler-ia64'])('%s imports core alone', (name) => {
    expect(outside(name).length).toBeGreaterThan(0);
    expect(ours(name)).toEqual([]);
  });

  it.each(['xen-sim', 'dm-qemu', 'xenstore'])('%s knows no handler', (name) => {
    expect(ours(name).filter(({ specifier }) => specifier.includes('handler-'))).toEqual([]);
  });

  it('no handler contains the word of a profile’s name', () => {
    const words = ['handler-x86-pv', 'handler-x86-hvm', 'handler-ia64'].flatMap((name) => {
      const folder = join(packages, name, 'src');
      return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .filter((file) => /['"`](?:modern|xend)['"`]/.test(readFileSync(join(folder, file), 'utf8')))
        .map((file) => `${name}/${file}`);
    });
    expect(words).toEqual([]);
  });
});
