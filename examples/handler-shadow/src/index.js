import { definePlugin, figure, wholeMib } from '@xen-image/core/plugin';
import { x86PvHandler } from '@xen-image/handler-x86-pv';

const PAGE_KIB = 4;

/**
 * The x86 PV handler with other shadow math: while a guest is migrated live, Xen keeps shadows of its page tables to see
 * which pages it writes. A PV domain has no pool for them, so that the host must have the room: 256 pages a vcpu, and one
 * a MiB.
 *
 * @type {import('@xen-image/core/plugin').ImageHandler}
 */
const handler = {
  ...x86PvHandler,
  memory(input) {
    const vcpus = input.config.vcpus.maximum;
    return {
      ...x86PvHandler.memory(input),
      available(memoryKib) {
        const shadowsKib = PAGE_KIB * (256 * vcpus + wholeMib(memoryKib));
        const formula = 'memoryKib + 4 * (256 * vcpus + floor(memoryKib / 1024))';
        return figure('available', memoryKib + shadowsKib, formula, { memoryKib, vcpus });
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
