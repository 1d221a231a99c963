import { describe, it } from '@jest/globals';
import { handlerSuite } from '@xen-image/handler-testkit';
import { xendProfilePlugin } from '@xen-image/xend-compat';
import packageJson from '../package.json' with { type: 'json' };
import { ia64Plugin } from '../src/index.js';

describe.each(['linux', 'hvm'])('the handler of ia64 guests of type %s', (imageType) => {
  handlerSuite({
    test: it,
    factory: () => ia64Plugin,
    arch: 'ia64',
    imageType,
    profiles: ['xend'],
    plugins: (simulator) => [xendProfilePlugin, simulator.ia64Plugin],
    packageJson,
    simulator: { files: { '/usr/lib/xen/bin/qemu-dm': 'file' } },
  });
});
