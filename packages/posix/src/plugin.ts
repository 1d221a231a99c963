import { CONTRACT_VERSION, definePlugin, POSIX, type Plugin } from '@xen-image/core';
import type { OpenForeignOptions } from '@xen-image/ffi';
import { createPosix } from './posix.js';

/**
 * The plugin that contributes the `Posix` port.
 * @param options - which implementation of foreign calls to use
 */
export function posixPlugin(options: OpenForeignOptions = {}): Plugin {
  const posix = createPosix(options);
  return definePlugin({
    name: '@xen-image/posix',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: POSIX, create: () => posix });
    },
  });
}
