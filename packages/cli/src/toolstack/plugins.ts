import type { Plugin } from '@xen-image/core';

/** The name of core's own profile, which every toolstack has. */
export const MODERN = 'modern';

/** The handlers and the device-model dialects that ship with the command. */
async function bundledPlugins(): Promise<Plugin[]> {
  const [pv, hvm, ia64, qemu] = await Promise.all([
    import('@xen-image/handler-x86-pv'),
    import('@xen-image/handler-x86-hvm'),
    import('@xen-image/handler-ia64'),
    import('@xen-image/dm-qemu'),
  ]);
  return [pv.default, hvm.default, ia64.default, qemu.qemuDialectsPlugin];
}

/**
 * The plugins of a toolstack, drivers apart. A profile other than `modern` brings the package of older ways with it;
 * so an unknown profile's error names all there are.
 */
export async function loadPlugins(profile: string): Promise<Plugin[]> {
  const plugins = await bundledPlugins();
  if (profile === MODERN) return plugins;
  const { xendProfilePlugin } = await import('@xen-image/xend-compat');
  return [...plugins, xendProfilePlugin];
}
