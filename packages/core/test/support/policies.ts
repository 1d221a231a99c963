import type { Policy } from '../../src/plugin.js';

/** Figures and sequences as in 2009. */
export const IN_2009: Policy = {
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
  deviceModel: { memorySize: false },
  fileChecks: { floppies: false, firmware: false },
  checks: 'in-order',
  refuseUnevenSuperpages: false,
};

/** Figures and sequences as libxl's of today. */
export const TODAY: Policy = {
  memory: {
    videoRam: 'within',
    stubdomVideoRam: false,
    maxMemorySlackKib: 1024,
    memmapSlackKib: 0,
    pagingPool: 'by-container',
    iommuKibPerMib: 0,
    overheadKib: { pv: 1024, hvm: 2048 },
    overheadKibPerVcpu: { pv: 16, hvm: 40 },
  },
  cpuid: { masks: 'with-policy', step: 'beforeBuild' },
  hvm: { params: { hpetEnabled: 1, vptAlign: 1, timerMode: 1, altp2m: 0 }, pae: 'cpuid', storeRing: 'builder' },
  tscMode: 'default',
  deviceModel: { memorySize: true },
  fileChecks: { floppies: true, firmware: true },
  checks: 'first',
  refuseUnevenSuperpages: true,
};
