/** The project's packages as a user installs them: packed, and installed from the tarballs into an empty folder. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pruneCache } from './cache.js';
import { exec } from './exec.js';
import { CACHE_DIR, REPO_DIR, keyOf } from './paths.js';

/** Where dom0 has the project: `node_modules` inside. */
export const PROJECT_DIR = '/opt/xen-image';

/**
 * Packs every package of the workspace and installs the tarballs with what they depend on, without install scripts.
 * The packages must be built. The folder is kept as long as the tarballs stay the same.
 *
 * @returns the folder that holds `node_modules`
 */
export async function installedProject(log: (line: string) => void): Promise<string> {
  await mkdir(CACHE_DIR, { recursive: true });
  await pruneCache(CACHE_DIR, 'packs-', '');
  const packs = await mkdtemp(join(CACHE_DIR, 'packs-'));
  try {
    await exec('npm', ['pack', '--workspaces', '--silent', '--ignore-scripts', '--pack-destination', packs], {
      cwd: REPO_DIR,
    });
    const tarballs = (await readdir(packs)).filter((name) => name.endsWith('.tgz')).sort();
    const contents = await Promise.all(tarballs.map((name) => readFile(join(packs, name))));
    const home = join(CACHE_DIR, `project-${keyOf(process.version, ...contents)}`);
    if (existsSync(home)) return home;
    log(`installing ${String(tarballs.length)} packed packages`);
    const made = join(packs, 'project');
    await mkdir(made);
    await writeFile(join(made, 'package.json'), '{ "private": true }\n');
    const options = [
      '--omit=dev',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--prefer-offline',
    ];
    await exec('npm', ['install', ...options, ...tarballs.map((name) => join(packs, name))], { cwd: made });
    await rename(made, home);
    await pruneCache(CACHE_DIR, 'project-', basename(home));
    return home;
  } finally {
    await rm(packs, { recursive: true, force: true });
  }
}
