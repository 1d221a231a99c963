import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A shared library made for a test, and the end of it. */
export interface CompiledLibrary {
  readonly path: string;
  remove(): void;
}

/** Compiles C sources into a shared library in a directory of its own. */
export function compileLibrary(sources: readonly string[], name = 'libspecimen.so'): CompiledLibrary {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-ffi-'));
  const path = join(directory, name);
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-pthread', '-o', path, ...sources]);
  return {
    path,
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
