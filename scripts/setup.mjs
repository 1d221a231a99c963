// What a fresh clone still lacks before it can run: the dependencies, and the build. Does nothing twice.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command at the root of the repository; ends this process with its exit code where it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function newer(path, than) {
  return !existsSync(than) || statSync(path).mtimeMs > statSync(than).mtimeMs;
}

/** Installs the locked dependencies, unless those of this lock file are there already. */
export function install() {
  if (newer(join(root, 'package-lock.json'), join(root, 'node_modules/.package-lock.json'))) {
    run('npm', ['ci', '--no-audit', '--no-fund']);
  }
}

/** Compiles what has changed, and bundles the command. */
export function build() {
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  run(process.execPath, [join(root, 'scripts/bundle.mjs')]);
}
