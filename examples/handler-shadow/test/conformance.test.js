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

test('a guest of 64 MiB and two vcpus needs 2.25 MiB more of the host, and holds no more', async () => {
  const simulator = openSimulator({ files: { '/boot/vmlinuz': 'file' } });
  const planned = async (plugins) => {
    const toolstack = new Toolstack({ plugins: [simulator.plugin, ...plugins] });
    const text = 'name = "a"\nmemory = 64\nvcpus = 2\nkernel = "/boot/vmlinuz"\n';
    return (await toolstack.plan({ text })).memory;
  };
  const [before, after] = [await planned([x86PvPlugin]), await planned([x86PvPlugin, plugin])];
  assert.equal(after.freeNeeded.value - before.freeNeeded.value, 2304);
  assert.equal(after.maxMemory.value, before.maxMemory.value);
  assert.equal(after.pagingPool.value, 0);
});
