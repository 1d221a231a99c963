import { describe, it } from '@jest/globals';
import { handlerSuite } from '@xen-image/handler-testkit';
import { xendProfilePlugin } from '@xen-image/xend-compat';
import packageJson from '../package.json' with { type: 'json' };
import { x86PvPlugin } from '../src/index.js';

describe('the handler of x86 PV guests', () => {
  handlerSuite({
    test: it,
    factory: () => x86PvPlugin,
    imageType: 'linux',
    profiles: ['modern', 'xend'],
    plugins: () => [xendProfilePlugin],
    packageJson,
  });
});
