import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

let directory: string | undefined;

afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  directory = undefined;
});

/** A directory with the sources of this package as `ffi.mjs`: bundled once for a file of tests, which takes seconds. */
function bundled(): string {
  if (directory !== undefined) return directory;
  const parent = join(PACKAGE, '.cache');
  mkdirSync(parent, { recursive: true });
  // Within the package, so that koffi and ffi-napi are found as they are for the sources.
  directory = mkdtempSync(join(parent, 'apart-'));
  const esbuild = createRequire(import.meta.url).resolve('esbuild-wasm/bin/esbuild');
  execFileSync(process.execPath, [
    esbuild,
    join(PACKAGE, 'src/index.ts'),
    ...['--bundle', '--platform=node', '--format=esm', '--external:koffi', '--log-level=error'],
    `--alias:@xen-image/core=${join(PACKAGE, '../core/src/errors.ts')}`,
    `--outfile=${join(directory, 'ffi.mjs')}`,
  ]);
  return directory;
}

/**
 * Runs a script in a Node process of its own, with the sources of this package as `./ffi.mjs` beside it.
 * @returns what it wrote to its standard output
 */
export function runApart(script: string): string {
  const options = { cwd: bundled(), encoding: 'utf8' } as const;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], options);
}
