import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Texts of sources that have the form of a code and are none, each with what it is. */
const NO_CODES: Readonly<Record<string, string>> = {
  ERR_INVALID_ARG_VALUE: "a code of Node's own errors",
  NO_COLOR: 'an environment variable',
  UV_THREADPOOL_SIZE: 'an environment variable',
  XDG_CONFIG_HOME: 'an environment variable',
  XDG_STATE_HOME: 'an environment variable',
  XENSTORED_PATH: 'an environment variable',
  XEN_IMAGE_FFI: 'an environment variable',
  XEN_IMAGE_SERVICE: 'an environment variable',
  NODE_OPTIONS: 'an environment variable',
  DIRECTORY_PART: 'a xenstore request',
  GET_DOMAIN_PATH: 'a xenstore request',
  GET_PERMS: 'a xenstore request',
  IS_DOMAIN_INTRODUCED: 'a xenstore request',
  SET_PERMS: 'a xenstore request',
  TRANSACTION_END: 'a xenstore request',
  TRANSACTION_START: 'a xenstore request',
  SUSPEND_CANCEL: "an ELF note's name",
  DEVICE_DELETED: "an event of QEMU's",
};

/** The file whose errors begin with what its caller says, and end with what the file says. */
const READS_FILES = 'cli/src/input/read-file.ts';

const sources = new Map(
  readdirSync(join(root, 'packages')).flatMap((name) =>
    readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file): [string, string] => {
        const path = `${name}/src/${file}`;
        return [path, readFileSync(join(root, 'packages', path), 'utf8')];
      }),
  ),
);

// What runs before any source does has an error of its own.
sources.set('cli/bin/xen-image.js', readFileSync(join(root, 'packages/cli/bin/xen-image.js'), 'utf8'));

function found(pattern: RegExp): string[] {
  return [...sources.values()].flatMap((text) => [...text.matchAll(pattern)].map(([, code = '']) => code));
}

/** Every text of several words; one word is a code only where it stands as one, since errnos and requests look alike. */
function literals(): Set<string> {
  const words = found(/'([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)'/g);
  const single = [
    ...found(/new XenImageError\(\s*'([A-Z][A-Z0-9]+)'/g),
    ...found(/\.code [!=]== '([A-DF-Z][A-Z0-9]+)'/g),
    ...found(/\bcode: '([A-DF-Z][A-Z0-9]+)'/g),
  ];
  return new Set([...words, ...single]);
}

function codesOfSources(): string[] {
  const codes = literals();
  Object.keys(NO_CODES).forEach((word) => codes.delete(word));
  const endings = [...(sources.get(READS_FILES) ?? '').matchAll(/`\$\{options\.code\}_([A-Z]+)`/g)].map(
    ([, ending = '']) => ending,
  );
  for (const beginning of found(/\breadInput\([^;]*?code: '([A-Z_]+)'/g)) {
    codes.delete(beginning);
    endings.forEach((ending) => codes.add(`${beginning}_${ending}`));
  }
  return [...codes].sort();
}

const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([^`]+)`\s*\|([^|]+)\|([^|]+)\|$/gm)].map(
  ([, code = '', means = '', todo = '']) => ({
    code,
    means: means.trim(),
    todo: todo.trim(),
  }),
);

describe('docs/errors.md', () => {
  it('has every code that the sources have, and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(codesOfSources());
  });

  it('says of every code what it means and what to do', () => {
    expect(rows.filter(({ means, todo }) => means.length < 10 || todo.length < 5)).toEqual([]);
  });

  it('has no row that this test cannot read', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('|') && !/^\| (code\b|---|:?-+)/.test(line));
    expect(lines).toHaveLength(rows.length);
  });
});

describe('the codes that are looked for', () => {
  it('are in all packages that throw', () => {
    expect(codesOfSources().length).toBeGreaterThan(100);
    expect(codesOfSources()).toEqual(
      expect.arrayContaining(['ABORTED', 'INTERNAL', 'USAGE', 'CONFIG_FILE_MISSING', 'HYPERVISOR_CALL_FAILED']),
    );
  });

  it('are taken from no template but that of files that are read', () => {
    const templates = [...sources].filter(([, text]) => /XenImageError\(\s*`/.test(text)).map(([path]) => path);
    expect(templates).toEqual([READS_FILES]);
  });

  it('leave out only texts that the sources have', () => {
    const present = literals();
    expect(Object.keys(NO_CODES).filter((word) => !present.has(word))).toEqual([]);
  });
});
