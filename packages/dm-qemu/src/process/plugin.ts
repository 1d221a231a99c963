import { definePlugin, DEVICE_MODELS, POSIX, XENSTORE, type Plugin } from '@xen-image/core';
import { deviceModelsPort, type DeviceModelPlaces } from './device-models.js';

/** The plugin that starts and stops device models as processes of this machine. */
export function qemuProcessPlugin(places: DeviceModelPlaces = {}): Plugin {
  return definePlugin({
    name: '@xen-image/dm-qemu/process',
    contract: 1,
    register(context) {
      context.port({
        token: DEVICE_MODELS,
        create: (scope) => deviceModelsPort({ store: scope.get(XENSTORE), posix: scope.get(POSIX) }, places),
      });
    },
  });
}
