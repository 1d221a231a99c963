import { test } from 'node:test';
import { handlerSuite } from '@xen-image/handler-testkit';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';

handlerSuite({ test, factory: () => x86PvPlugin, imageType: 'linux' });
