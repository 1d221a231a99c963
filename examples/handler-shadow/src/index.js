import { definePlugin, figure, XenImageError } from '@xen-image/core/plugin';
import { x86PvHandler } from '@xen-image/handler-x86-pv';

/**
 * The x86 PV handler with other shadow math: a PV guest has no paging pool on the Xen of today. The replaced handler passes a
 * configured one over in silence; this one refuses it.
 *
 * @type {import('@xen-image/core/plugin').ImageHandler}
 */
const handler = {
  ...x86PvHandler,
  memory(input) {
    return {
      ...x86PvHandler.memory(input),
      shadow(shadowKib) {
        if (shadowKib === 0) return figure('shadow', 0, '0', {});
        throw new XenImageError('PV_HAS_NO_POOL', `a PV guest has no paging pool to be given ${shadowKib} KiB`, {
          phase: 'plan',
          domain: { name: input.config.name },
          hint: 'Leave shadow_memory out, or make the guest HVM.',
        });
      },
    };
  },
};

export default definePlugin({
  name: 'xen-image-example-shadow',
  version: '0.1.0',
  contract: 1,
  register(context) {
    context.handler({
      arch: 'x86',
      imageType: 'linux',
      aliases: ['pv'],
      handler,
      replaces: '@xen-image/handler-x86-pv',
    });
  },
});
