import { Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin, qemuProcessPlugin } from '@xen-image/dm-qemu';
import { x86HvmPlugin } from '@xen-image/handler-x86-hvm';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';

const GUESTS = [x86PvPlugin, x86HvmPlugin, qemuDialectsPlugin];

/** The toolstack of this Xen host. */
export async function hostToolstack() {
  const { xenPlugin } = await import('@xen-image/xc-bindings');
  const { xenStorePlugin } = await import('@xen-image/xenstore');
  const { posixPlugin } = await import('@xen-image/posix');
  return new Toolstack({ plugins: [...GUESTS, xenPlugin(), xenStorePlugin(), posixPlugin(), qemuProcessPlugin()] });
}

/** A toolstack on a simulated host, which a file keeps where one is named. */
export async function simulatedToolstack(options) {
  const { openSimulator } = await import('@xen-image/xen-sim');
  const simulator = openSimulator(options);
  return { simulator, toolstack: new Toolstack({ plugins: [...GUESTS, simulator.plugin] }) };
}
