import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { definePlugin } from '@xen-image/core/plugin';
import { handlerSuite } from '@xen-image/handler-testkit';
import { x86PvHandler } from '@xen-image/handler-x86-pv';

/** Reads a file while it plans, by a name imported into a native module. */
const handler = {
  ...x86PvHandler,
  plan(input) {
    readFileSync('/etc/hostname');
    return x86PvHandler.plan(input);
  },
};

handlerSuite({
  test,
  factory: () =>
    definePlugin({
      name: '@test/unsound',
      contract: 1,
      register(context) {
        context.handler({ arch: 'x86', imageType: 'linux', handler });
      },
    }),
  imageType: 'linux',
});
