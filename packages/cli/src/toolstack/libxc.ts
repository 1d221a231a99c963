import type { Plugin } from '@xen-image/core';
import { qemuProcessPlugin } from '@xen-image/dm-qemu';
import { posixPlugin } from '@xen-image/posix';
import { kernelCache, xenPlugin } from '@xen-image/xc-bindings';
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

/** Plugins of the host, of which some outlive a command. */
export interface HostPlugins {
  readonly shared: readonly Plugin[];
  /** Makes those that a command has to itself. */
  readonly own: () => readonly Plugin[];
}

/** Two or three kernels of distributions, unpacked: they take dom0's memory. */
const KEPT_KERNELS_BYTES = 128 * 1024 * 1024;
/** As long as an idle connection to the hypervisor waits. */
const IDLE_CONNECTION_MS = 10_000;

/** The same for a process that carries out many commands. It knows device models by what xenstore says, as each command does. */
export function keptHostPlugins({ allowUntestedAbi = false }: LibxcOptions = {}): HostPlugins {
  const xen = xenPlugin({ allowUntestedAbi, kernels: kernelCache(KEPT_KERNELS_BYTES) });
  const shared = [xen, xenStorePlugin({ idleMs: IDLE_CONNECTION_MS }), posixPlugin()];
  return { shared, own: () => [qemuProcessPlugin()] };
}
