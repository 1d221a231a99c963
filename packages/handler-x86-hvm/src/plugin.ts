import { definePlugin } from '@xen-image/core/plugin';
import { x86HvmHandler } from './handler.js';

/** Registers the handler for arch `x86` and image type `hvm`. */
export const x86HvmPlugin = definePlugin({
  name: '@xen-image/handler-x86-hvm',
  contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: 'hvm', handler: x86HvmHandler });
  },
});
