import { XenImageError, type Plugin } from '@xen-image/core';

/** The plugins that drive the Xen host this runs on. */
export function libxcPlugins(): Promise<readonly Plugin[]> {
  return Promise.reject(
    new XenImageError('DRIVER_MISSING', 'this build has no driver for a real Xen host', {
      phase: 'connect',
      hint: 'Try it on a simulated host: --driver sim',
    }),
  );
}
