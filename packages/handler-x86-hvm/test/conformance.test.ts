import { describe, it } from '@jest/globals';
import { handlerSuite } from '@xen-image/handler-testkit';
import { xendProfilePlugin } from '@xen-image/xend-compat';
import packageJson from '../package.json' with { type: 'json' };
import { x86HvmPlugin } from '../src/index.js';

const common = { test: it, factory: () => x86HvmPlugin, imageType: 'hvm', packageJson } as const;

describe('the handler of x86 HVM guests', () => {
  handlerSuite(common);
});

describe('the handler of x86 HVM guests on a host of its time', () => {
  handlerSuite({
    ...common,
    profiles: ['xend'],
    plugins: () => [xendProfilePlugin],
    // Today's hypervisors do not take PAE_ENABLED.
    simulator: { host: { version: '3.4' }, files: { '/usr/lib/xen/bin/qemu-dm': 'file' } },
  });
});
