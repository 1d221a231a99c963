import { definePlugin, type Plugin } from '@xen-image/core';
import type { PortEntry } from './ports/all.js';

/** Gives a port of an operation's scope; called once for each operation that uses it. */
export type PortFactory = (entry: PortEntry) => object;

/** A plugin that brings these ports. */
export function portsPlugin(name: string, entries: readonly PortEntry[], factory: PortFactory): Plugin {
  return definePlugin({
    name,
    contract: 1,
    register(context) {
      for (const entry of entries) context.port({ token: entry.token, create: () => factory(entry) });
    },
  });
}
