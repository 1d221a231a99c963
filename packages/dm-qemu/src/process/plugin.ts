import { definePlugin, DEVICE_MODELS, POSIX, XENSTORE, type Plugin } from '@xen-image/core';
import { createChildren } from './children.js';
import { deviceModelsPort } from './device-models.js';
import type { DeviceModelPlaces } from './places.js';

/** The plugin that starts, watches and stops device models as processes of this machine. */
export function qemuProcessPlugin(places: DeviceModelPlaces = {}): Plugin {
  const children = createChildren();
  return definePlugin({
    name: '@xen-image/dm-qemu/process',
    contract: 1,
    register(context) {
      context.port({
        token: DEVICE_MODELS,
        create: (scope) => deviceModelsPort({ store: scope.get(XENSTORE), posix: scope.get(POSIX) }, places, children),
      });
    },
  });
}
