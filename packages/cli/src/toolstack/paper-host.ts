import { stat } from 'node:fs/promises';
import { CONTRACT_VERSION, definePlugin, HOST, XenImageError, type Host, type Plugin } from '@xen-image/core';
import type { HostFacts } from '@xen-image/core';

/** What stands at a path of this machine. */
async function pathKind(path: string): Promise<Awaited<ReturnType<Host['pathKind']>>> {
  try {
    const info = await stat(path);
    if (info.isFile()) return 'file';
    return info.isDirectory() ? 'directory' : 'other';
  } catch {
    return 'absent';
  }
}

/**
 * A host that is known by its facts alone: plans can be made for it and nothing can be done on it. Files are looked
 * for on this machine.
 */
export function paperHostPlugin(facts: HostFacts): Plugin {
  const host: Host = {
    facts: () => Promise.resolve(facts),
    capabilities: () => Promise.resolve(facts.hypervisor.capabilities),
    pathKind,
    removeFile: (path) =>
      Promise.reject(new XenImageError('FILE_REMOVE_FAILED', `${path} is not removed: this host is planned for only`)),
    warn: () => undefined,
  };
  return definePlugin({
    name: 'xen-image/paper-host',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: HOST, create: () => host });
    },
  });
}
