import { describe, expect, it } from '@jest/globals';
import { Registry } from '@xen-image/core';
import { qemuDialectsPlugin, qemuXen, qemuXenTraditional } from '../../src/index.js';

describe('the plugin of dialects', () => {
  it('brings both of them', () => {
    const registry = new Registry();
    registry.use(qemuDialectsPlugin);
    expect(registry.dialect('qemu-xen')).toBe(qemuXen);
    expect(registry.dialect('qemu-xen-traditional')).toBe(qemuXenTraditional);
  });
});
