/** C programs of the rig, compiled on this machine. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from './exec.js';
import { CACHE_DIR, E2E_DIR, keyOf } from './paths.js';
import type { Tree } from './packages.js';

/** How a program of `e2e/native/` is built. */
export interface NativeProgram {
  /** `NAME` of `e2e/native/NAME.c`. */
  readonly name: string;
  /** Libraries of the unpacked packages to link with, such as `xenstore`; without any the program is static. */
  readonly libraries?: readonly string[];
}

/**
 * The built program's path on this machine.
 *
 * @throws Error when there is no C compiler, or the program does not compile
 */
export async function compile(tree: Tree, program: NativeProgram): Promise<string> {
  const source = join(E2E_DIR, 'native', `${program.name}.c`);
  const libraries = program.libraries ?? [];
  const lib = join(tree.root, 'usr/lib/x86_64-linux-gnu');
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror'];
  const link =
    libraries.length === 0
      ? ['-static', '-lutil']
      : [
          `-I${join(tree.root, 'usr/include')}`,
          `-L${lib}`,
          `-Wl,-rpath-link,${lib}`,
          ...libraries.map((name) => `-l${name}`),
        ];
  const file = join(
    CACHE_DIR,
    'native',
    `${program.name}-${keyOf(tree.key, await readFile(source), flags.join(' '), libraries.join(' '))}`,
  );
  if (existsSync(file)) return file;
  await mkdir(join(CACHE_DIR, 'native'), { recursive: true });
  const made = `${file}.${String(process.pid)}`;
  await exec('cc', [...flags, '-o', made, source, ...link]).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    const cure = message.includes('ENOENT') ? ' Install a C compiler: apt-get install gcc libc6-dev.' : '';
    throw new Error(`${message}${cure}`, { cause });
  });
  await rename(made, file);
  return file;
}
