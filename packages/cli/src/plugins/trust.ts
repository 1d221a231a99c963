import { XenImageError } from '@xen-image/core';
import { ownRunner, whyPathNotTrusted, type Runner } from '../trusted-path.js';

/**
 * Looks whether a file may be run by whoever runs the command: often root, in whatever directory.
 *
 * @throws XenImageError `PLUGIN_UNSAFE`
 */
export function requireTrusted(path: string, user: Runner = ownRunner()): void {
  const why = whyPathNotTrusted(path, user);
  if (why === undefined) return;
  throw new XenImageError('PLUGIN_UNSAFE', `${path} is not loaded: ${why}`, {
    phase: 'config',
    hint: 'Give the file and its directories to root or to yourself, writable by nobody else; or run with --no-config.',
    data: { path },
  });
}
