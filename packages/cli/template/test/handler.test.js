import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Toolstack } from '@xen-image/core';
import { openSimulator } from '@xen-image/xen-sim';
import plugin from '../src/index.js';

const text = 'name = "first"\ntype = "__TYPE__"\nmemory = 64\nkernel = "/boot/vmlinuz"\n';

// TODO: what your handler decides that no other does.
test('a guest of 64 MiB is populated with 64 MiB', async () => {
  const simulator = openSimulator({ host: { arch: '__ARCH__' }, files: { '/boot/vmlinuz': 'file' } });
  const toolstack = new Toolstack({ plugins: [simulator.plugin, plugin] });
  const plan = await toolstack.plan({ text });
  assert.equal(plan.memory.initialReservation.value, 64 * 1024);
  simulator.close();
});
