import { ownCircumstances } from './circumstances.js';
import { isOwnPlace, serviceSocket } from './place.js';
import type { Ask } from './protocol.js';

/** Commands that a running service carries out: short ones, which need root and act on the host. */
const SERVED: ReadonlySet<string> = new Set(['create', 'destroy', 'list', 'pause', 'unpause']);

/**
 * Words that want this process: a guest is waited for, or standard input is read; help and plugins of a file are no matter
 * of the service's; and what is not wanted.
 */
const OWN = /^(?:--wait|-|-h|--help|--config|--config=.*|--no-service)$/;

/** A command line for a service, and where that listens. */
export interface ToAsk {
  readonly path: string;
  readonly ask: Ask;
}

/**
 * What a service is asked to do in place of this process; nothing where this process does it itself. With options of
 * Node's, or `DEBUG`, somebody wants to see this process at work.
 */
export async function toAsk(words: readonly string[], version: string): Promise<ToAsk | undefined> {
  const { env } = process;
  if (!SERVED.has(words[0] ?? '') || words.some((word) => OWN.test(word))) return undefined;
  if (process.execArgv.length > 0 || (env['NODE_OPTIONS'] ?? '') !== '' || (env['DEBUG'] ?? '') !== '')
    return undefined;
  const path = serviceSocket(env);
  if (path === undefined) return undefined;
  try {
    if (!isOwnPlace(path)) return undefined;
    // It loads Node's sockets, which a command that asks nobody does without.
    const { streamFacts } = await import('./streams.js');
    const streams = { stdout: streamFacts('stdout'), stderr: streamFacts('stderr') };
    return { path, ask: { version, words, circumstances: ownCircumstances(), ...streams } };
  } catch {
    // Root's directory, which another user may not look into; or this process's own directory, which is gone.
    return undefined;
  }
}
