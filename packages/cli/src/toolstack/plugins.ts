import type { Plugin } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { ia64Plugin } from '@xen-image/handler-ia64';
import { x86HvmPlugin } from '@xen-image/handler-x86-hvm';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';

/** The name of core's own profile, which every toolstack has. */
export const MODERN = 'modern';

/** The handlers and the device-model dialects that ship with the command. */
const SHIPPED: readonly Plugin[] = [x86PvPlugin, x86HvmPlugin, ia64Plugin, qemuDialectsPlugin];

/**
 * The plugins of a toolstack, drivers apart. A profile other than `modern` brings the package of older ways with it;
 * so an unknown profile's error names all there are.
 */
export async function loadPlugins(profile: string): Promise<readonly Plugin[]> {
  if (profile === MODERN) return SHIPPED;
  const { xendProfilePlugin } = await import('@xen-image/xend-compat');
  return [...SHIPPED, xendProfilePlugin];
}
