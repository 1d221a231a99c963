import type { Plugin } from '@xen-image/core';

/** The plugins that drive the Xen host this runs on. */
export async function libxcPlugins(options: { readonly allowUntestedAbi?: boolean } = {}): Promise<readonly Plugin[]> {
  const [{ xenPlugin }, { xenStorePlugin }, { posixPlugin }, { qemuProcessPlugin }] = await Promise.all([
    import('@xen-image/xc-bindings'),
    import('@xen-image/xenstore'),
    import('@xen-image/posix'),
    import('@xen-image/dm-qemu'),
  ]);
  return [xenPlugin(options), xenStorePlugin(), posixPlugin(), qemuProcessPlugin()];
}
