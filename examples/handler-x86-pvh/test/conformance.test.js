import { test } from 'node:test';
import { handlerSuite } from '@xen-image/handler-testkit';
import packageJson from '../package.json' with { type: 'json' };
import plugin from '../dist/index.js';

handlerSuite({ test, factory: () => plugin, imageType: 'pvh', packageJson });
