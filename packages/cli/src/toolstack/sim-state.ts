import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { XenImageError } from '@xen-image/core';
import type { Io } from '../io.js';

/** Where the simulated host is kept where nobody says: the state directory of the XDG base directory specification. */
export function defaultSimState(env: Io['env']): string {
  const configured = env['XDG_STATE_HOME'] ?? '';
  // The specification has relative paths ignored.
  const base = isAbsolute(configured) ? configured : join(env['HOME'] ?? homedir(), '.local/state');
  return join(base, 'xen-image', 'sim.json');
}

/**
 * The file that was named, as it is; else the default one, whose directory is made.
 *
 * @throws XenImageError `SIM_STATE_UNREACHABLE`
 */
export async function simStateFile(named: string | undefined, env: Io['env']): Promise<string> {
  if (named !== undefined) return named;
  const file = defaultSimState(env);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new XenImageError('SIM_STATE_UNREACHABLE', `the directory of ${file} cannot be made`, {
      phase: 'connect',
      errno,
      hint: 'Name another file: --sim-state FILE',
      cause: error,
    });
  }
  return file;
}
