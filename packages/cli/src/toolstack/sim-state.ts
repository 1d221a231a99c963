import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Io } from '../io.js';

/** Where the simulated host is kept where nobody says: the state directory of the XDG base directory specification. */
export function defaultSimState(env: Io['env']): string {
  const configured = env['XDG_STATE_HOME'] ?? '';
  // The specification has relative paths ignored.
  const base = isAbsolute(configured) ? configured : join(env['HOME'] ?? homedir(), '.local/state');
  return join(base, 'xen-image', 'sim.json');
}
