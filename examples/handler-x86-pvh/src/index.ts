import { definePlugin } from '@xen-image/core/plugin';
import { pvhHandler } from './handler.js';

export { acpiTables } from './acpi.js';
export { pvhHandler } from './handler.js';

/** Registers the handler for arch `x86` and image type `pvh`: `type = "pvh"` in a configuration. */
export default definePlugin({
  name: 'xen-image-example-pvh',
  version: '0.1.0',
  contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: 'pvh', handler: pvhHandler });
  },
});
