import { definePlugin } from '@xen-image/core/plugin';
import packageJson from '../package.json' with { type: 'json' };
import { handler } from './handler.js';

/** Registers the handler. Registering is done when this returns: nothing is waited for. */
export default definePlugin({
  name: packageJson.name,
  version: packageJson.version,
  contract: 1,
  register(context) {
    // TODO: other names of the type go into `aliases`; `replaces: 'package'` takes the place of another plugin's handler.
    context.handler({ arch: '__ARCH__', imageType: '__TYPE__', handler });
  },
});
