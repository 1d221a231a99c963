import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { XenImageError } from '@xen-image/core';
import type { Io } from '../io.js';

/** Names that a file with plugins may have, in the order in which they are looked for. */
export const CONFIG_NAMES = ['xen-image.config.js', 'xen-image.config.mjs', 'xen-image.config.json'] as const;

const SYSTEM_DIRECTORY = '/etc/xen-image';

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** A directory and all above it. */
function upwards(from: string): string[] {
  const above = dirname(from);
  return above === from ? [from] : [from, ...upwards(above)];
}

/** The user's own directory of configuration: the XDG base directory specification, which has relative paths ignored. */
function userDirectory(env: Io['env']): string {
  const configured = env['XDG_CONFIG_HOME'] ?? '';
  return join(isAbsolute(configured) ? configured : join(env['HOME'] ?? homedir(), '.config'), 'xen-image');
}

/**
 * The file that lists plugins: the one that is named; else the first found in the directory the command runs in, those
 * above it, the user's own directory of configuration, and /etc/xen-image. Nothing where there is none, or where none is
 * wanted.
 *
 * @param named - a path; `false` where no file is wanted
 * @throws XenImageError `PLUGIN_CONFIG_MISSING` where the named one is not there
 */
export function findConfig(named: string | false | undefined, { env, cwd = process.cwd() }: Io): string | undefined {
  if (named === false) return undefined;
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (isFile(path)) return path;
    throw new XenImageError('PLUGIN_CONFIG_MISSING', `there is no file ${path}`, {
      phase: 'config',
      hint: `--config names a file that lists plugins, such as ${CONFIG_NAMES[2]}.`,
    });
  }
  for (const directory of [...upwards(cwd), userDirectory(env), SYSTEM_DIRECTORY]) {
    for (const name of CONFIG_NAMES) {
      const path = join(directory, name);
      if (isFile(path)) return path;
    }
  }
  return undefined;
}
