import { definePlugin } from '@xen-image/core/plugin';
import { x86PvHandler } from './handler.js';

/** Registers the handler for arch `x86` and image type `linux`, which `pv` is another name of. */
export const x86PvPlugin = definePlugin({
  name: '@xen-image/handler-x86-pv',
  contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: 'linux', aliases: ['pv'], handler: x86PvHandler });
  },
});
