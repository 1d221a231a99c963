import type { Policy } from '@xen-image/core/plugin';

/** How xend computed: video RAM on top of memory, the paging pool of 2009, checks where the sequence had them. */
export const XEND_POLICY: Policy = {
  memory: {
    videoRam: 'on-top',
    stubdomVideoRam: true,
    maxMemorySlackKib: null,
    memmapSlackKib: 8192,
    pagingPool: 'static-maximum',
    iommuKibPerMib: 4,
    overheadKib: { pv: 0, hvm: 0 },
  },
  cpuid: { masks: 'per-leaf', step: 'afterBuild' },
  hvm: { params: {}, pae: 'param', storeRing: 'toolstack' },
  tscMode: null,
  deviceModel: { memorySize: false, tapPipes: true },
  fileChecks: { floppies: false, firmware: false },
  checks: 'in-order',
  refuseUnevenSuperpages: false,
};
