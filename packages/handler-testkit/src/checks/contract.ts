import assert from 'node:assert/strict';
import { Registry } from '@xen-image/core';
import type { Check } from './check.js';

type Dependencies = Readonly<Record<string, string>> | undefined;

/** Registers into a registry that has what the plugin needs, and counts what `register` answers. */
function registered({ options, plugin, simulator }: Parameters<Check['run']>[0]): Registry {
  const registry = new Registry();
  for (const needed of options.plugins?.(simulator) ?? []) registry.use(needed);
  registry.use(plugin);
  return registry;
}

/** The plugin and its package: what it registers, and what it depends on. */
export const contractChecks: readonly Check[] = [
  {
    name: 'the plugin registers the same each time',
    run(bench) {
      assert.deepEqual(registered(bench).handlers(), registered(bench).handlers());
    },
  },
  {
    name: 'the package takes core as a peer, and says the version that the plugin says',
    run({ options, plugin }) {
      const { packageJson } = options;
      if (packageJson === undefined) return;
      const peers = packageJson['peerDependencies'] as Dependencies;
      const own = packageJson['dependencies'] as Dependencies;
      assert.ok(
        peers?.['@xen-image/core'] !== undefined,
        'package.json has no peer dependency on @xen-image/core: a copy of its own would not be the toolstack’s',
      );
      assert.equal(own?.['@xen-image/core'], undefined, 'package.json has @xen-image/core among its dependencies');
      assert.equal(plugin.name, packageJson['name'], 'the plugin has another name than its package');
      if (plugin.version !== undefined) assert.equal(plugin.version, packageJson['version']);
    },
  },
];
