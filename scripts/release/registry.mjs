// A registry on the loopback interface, in this process: it keeps what is published to it, and hands everything else on to the
// registry that npm is set to.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../setup.mjs';

const source = join(root, 'scripts/release/tools');

/** Where what a release is rehearsed with is installed; it is no part of the workspace. */
export const toolsFolder = join(root, '.cache/release-tools');

const behind = execFileSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' }).trim();

/** Installs it by its lock file, unless that is done. */
export async function installTools(run) {
  const done = join(toolsFolder, 'node_modules/.package-lock.json');
  const lock = join(source, 'package-lock.json');
  if (existsSync(done) && statSync(done).mtimeMs > statSync(lock).mtimeMs) return;
  mkdirSync(toolsFolder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(source, file), join(toolsFolder, file));
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: toolsFolder,
    env: { npm_config_registry: behind },
  });
}

/**
 * Starts the registry on a free port.
 *
 * @returns its address, and the environment in which npm uses it: a user configuration and a cache of its own
 */
export async function startRegistry(folder) {
  mkdirSync(folder, { recursive: true });
  const { runServer } = createRequire(join(toolsFolder, 'package.json'))('verdaccio');
  const own = { access: '$all', publish: '$all' };
  const server = await runServer({
    self_path: join(folder, 'config.yaml'),
    storage: join(folder, 'storage'),
    uplinks: { behind: { url: behind, cache: false, timeout: '60s', maxage: '1h' } },
    packages: { '@xen-image/*': own, 'xen-image': own, '**': { access: '$all', proxy: 'behind' } },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    web: { enable: false },
    log: { type: 'file', path: join(folder, 'log'), level: 'warn', format: 'pretty' },
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  const url = `http://127.0.0.1:${port}/`;
  const userconfig = join(folder, 'npmrc');
  writeFileSync(
    userconfig,
    `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\nprovenance=false\nfund=false\naudit=false\n`,
  );
  return {
    url,
    // npm asks for a token before it publishes; the registry takes any.
    env: {
      npm_config_userconfig: userconfig,
      npm_config_registry: url,
      npm_config_cache: join(folder, 'cache'),
      npm_config_update_notifier: 'false',
    },
    // Waiting for it would be waiting for connections that npm keeps open.
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
