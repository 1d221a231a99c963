import { definePlugin } from '@xen-image/core/plugin';
import { ia64HvmHandler, ia64PvHandler } from './handler.js';
import { initNvramKind, setOsTypeKind } from './ia64.js';

/** Registers both handlers for arch `ia64`, and the actions that only it has. */
export const ia64Plugin = definePlugin({
  name: '@xen-image/handler-ia64',
  contract: 1,
  register(context) {
    context.handler({ arch: 'ia64', imageType: 'linux', aliases: ['pv'], handler: ia64PvHandler });
    context.handler({ arch: 'ia64', imageType: 'hvm', handler: ia64HvmHandler });
    context.actionKind(initNvramKind);
    context.actionKind(setOsTypeKind);
  },
});
