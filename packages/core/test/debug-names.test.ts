import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Every use of debug in the sources: the package's name, the name it logs under. */
function namesOfSources(): [string, string][] {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const manifest: unknown = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    const { name } = manifest as { name: string };
    return readdirSync(join(root, 'packages', folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, 'packages', folder, 'src', file), 'utf8'))
      .filter((text) => text.includes("from 'debug'"))
      .flatMap((text) => {
        const [, local = ''] = /import (\w+) from 'debug'/.exec(text) ?? [];
        const calls = [...text.matchAll(new RegExp(`= ${local}\\('([^']*)'\\)`, 'g'))];
        return calls.length === 0 ? [[name, 'none that this test can read']] : calls.map(([, as = '']) => [name, as]);
      }) as [string, string][];
  });
}

const page = readFileSync(join(root, 'docs/debug-names.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([^`]+)`\s*\| `([^`]+)`\s*\| (\S.*\S)\s*\|$/gm)];

describe('docs/debug-names.md', () => {
  it('has every name that the packages log under, and no other', () => {
    const documented = rows.map(([, as, name]) => `${name}: ${as}`);
    const used = new Set(namesOfSources().map(([name, as]) => `${name}: ${as}`));
    expect(documented.sort()).toEqual([...used].sort());
  });

  it('finds the names that are known to be there', () => {
    expect(namesOfSources()).toEqual(
      expect.arrayContaining([
        ['@xen-image/core', 'xen-image:create'],
        ['@xen-image/xenstore', 'xen-image:xenstore'],
      ]),
    );
  });
});
