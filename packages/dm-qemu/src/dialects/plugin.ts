import { definePlugin } from '@xen-image/core/plugin';
import { qemuXen } from './qemu-xen/index.js';
import { qemuXenTraditional } from './traditional.js';

/** Registers the dialects `qemu-xen` and `qemu-xen-traditional`. It starts no process. */
export const qemuDialectsPlugin = definePlugin({
  name: '@xen-image/dm-qemu',
  contract: 1,
  register(context) {
    context.dialect(qemuXen);
    context.dialect(qemuXenTraditional);
  },
});
