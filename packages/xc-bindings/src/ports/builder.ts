import { XenImageError, type DomainBuilder } from '@xen-image/core';
import { buildHvm } from '../builder/hvm.js';
import type { KernelCache } from '../builder/kernel-cache.js';
import { buildPv } from '../builder/pv.js';
import type { XcSession } from './session.js';

/** `DomainBuilder` over libxenguest. An abort is heard between its calls; nothing is freed while one runs. */
export function builderPort(session: XcSession, cache: KernelCache): DomainBuilder {
  return {
    async build(domid, spec, signal) {
      const xc = await session.handle();
      const checkpoint = (): void => {
        if (signal?.aborted === true) {
          throw new XenImageError('ABORTED', 'the build was aborted', { cause: signal.reason });
        }
      };
      return spec.container === 'pv'
        ? buildPv(xc, domid, spec, cache, checkpoint)
        : buildHvm(xc, domid, spec, cache, checkpoint);
    },
  };
}
