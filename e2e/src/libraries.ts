/** The shared libraries that programs need inside an image. */
import { join } from 'node:path';
import type { RootFs } from './cpio.js';
import { exec } from './exec.js';
import { libraryPath, type Tree } from './packages.js';

const LIBRARY_DIR = '/usr/lib/x86_64-linux-gnu';

/**
 * Adds the loader and every shared library that the given programs (files of this machine) load at start, as the
 * packages' own loader resolves them. Programs that are static or scripts need nothing.
 */
export async function addLibraries(image: RootFs, tree: Tree, programs: readonly string[]): Promise<void> {
  const loader = join(tree.root, LIBRARY_DIR, 'ld-linux-x86-64.so.2');
  await image.file('/usr/lib64/ld-linux-x86-64.so.2', loader);
  for (const program of programs) {
    const listed = await exec(loader, ['--library-path', libraryPath(tree), '--list', program]).catch(() => undefined);
    if (listed === undefined) continue;
    for (const [, name, path] of listed.toString().matchAll(/^\t(\S+) => (\S+) \(/gm)) {
      if (name === undefined || path === undefined || image.has(`${LIBRARY_DIR}/${name}`)) continue;
      if (!name.startsWith('ld-linux')) await image.file(`${LIBRARY_DIR}/${name}`, path);
    }
    if (/^\t(\S+) => not found/m.test(listed.toString())) {
      throw new Error(
        `${program} needs a library that neither the packages nor this machine has:\n${listed.toString()}`,
      );
    }
  }
}
