import type { Plugin } from '@xen-image/core';
import { qemuProcessPlugin } from '@xen-image/dm-qemu';
import { posixPlugin } from '@xen-image/posix';
import { xenPlugin } from '@xen-image/xc-bindings';
import { xenStorePlugin } from '@xen-image/xenstore';

/** How the driver is opened. */
export interface LibxcOptions {
  /** Take a Xen whose ABI table was never run. */
  readonly allowUntestedAbi?: boolean;
}

/** The plugins that drive the Xen host this runs on. Nothing is opened before an operation needs it. */
export function libxcPlugins({ allowUntestedAbi = false }: LibxcOptions = {}): readonly Plugin[] {
  return [xenPlugin({ allowUntestedAbi }), xenStorePlugin(), posixPlugin(), qemuProcessPlugin()];
}
