import { test } from 'node:test';
import { handlerSuite } from '@xen-image/handler-testkit';
import packageJson from '../package.json' with { type: 'json' };
import plugin from '../src/index.js';

handlerSuite({ test, factory: () => plugin, arch: '__ARCH__', imageType: '__TYPE__', packageJson });
