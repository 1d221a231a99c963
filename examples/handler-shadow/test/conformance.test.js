import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Toolstack } from '@xen-image/core';
import { handlerSuite } from '@xen-image/handler-testkit';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';
import { openSimulator } from '@xen-image/xen-sim';
import packageJson from '../package.json' with { type: 'json' };
import plugin from '../src/index.js';

handlerSuite({
  test,
  factory: () => plugin,
  imageType: 'linux',
  plugins: () => [x86PvPlugin],
  packageJson,
});

test('it says whose place it takes, under both names of the type', () => {
  const { registry } = new Toolstack({ plugins: [x86PvPlugin, plugin] });
  const [listed] = registry.handlers();
  assert.equal(listed.plugin, 'xen-image-example-shadow');
  assert.equal(listed.replaces, '@xen-image/handler-x86-pv');
  assert.equal(registry.resolve('x86', 'pv').plugin, plugin);
});

test('a configured paging pool is refused, which the replaced handler passes over', async () => {
  const simulator = openSimulator({ files: { '/boot/vmlinuz': 'file' } });
  const planned = (plugins, more = '') => {
    const toolstack = new Toolstack({ plugins: [simulator.plugin, ...plugins] });
    return toolstack.plan({ text: `name = "a"\nmemory = 64\nkernel = "/boot/vmlinuz"\n${more}` });
  };
  assert.equal((await planned([x86PvPlugin], 'shadow_memory = 16')).memory.pagingPool.value, 0);
  assert.equal((await planned([x86PvPlugin, plugin])).memory.pagingPool.value, 0);
  await assert.rejects(planned([x86PvPlugin, plugin], 'shadow_memory = 16'), { code: 'PV_HAS_NO_POOL' });
});
