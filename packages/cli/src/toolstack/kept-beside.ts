import { CONTRACT_VERSION, definePlugin, KEPT_DOMAINS, POSIX, type Plugin } from '@xen-image/core';
import { fileKeptDomains } from '@xen-image/posix';

/** Keeps the domains of a simulated host in a directory beside its state file; its locks are the simulated host's. */
export function keptBeside(stateFile: string): Plugin {
  const directory = `${stateFile}.domains`;
  return definePlugin({
    name: 'xen-image/kept-beside',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: KEPT_DOMAINS, create: (scope) => fileKeptDomains(scope.get(POSIX), { directory }) });
    },
  });
}
