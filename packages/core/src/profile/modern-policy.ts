import type { Policy } from '../contract/policy.js';

/** libxl's slack on a domain's limit: LIBXL_MAXMEM_CONSTANT (tools/libs/light/libxl_internal.h). */
const MAX_MEMORY_SLACK_KIB = 1024;

/** How `modern` computes: memory as xl.cfg(5) means it, today's paging pool, checks before effects. */
export const MODERN_POLICY: Policy = {
  memory: {
    videoRam: 'within',
    stubdomVideoRam: false,
    maxMemorySlackKib: MAX_MEMORY_SLACK_KIB,
    memmapSlackKib: 0,
    pagingPool: 'by-container',
    iommuKibPerMib: 0,
    overheadKib: { pv: 1024, hvm: 2048 },
    // Measured on Xen 4.17, rounded up: 13.3 KiB a vcpu for PV, 36.9 KiB for HVM; 80 KiB and 104 KiB with the first.
    overheadKibPerVcpu: { pv: 16, hvm: 40 },
  },
  cpuid: { masks: 'with-policy', step: 'beforeBuild' },
  hvm: {
    // xl's defaults for hpet, vpt_align, timer_mode and altp2m, in libxl's order (tools/libs/light/libxl_x86.c).
    params: { hpetEnabled: 1, vptAlign: 1, timerMode: 1, altp2m: 0 },
    pae: 'cpuid',
    storeRing: 'builder',
  },
  tscMode: 'default',
  deviceModel: { memorySize: true },
  fileChecks: { floppies: true, firmware: true },
  checks: 'first',
  refuseUnevenSuperpages: true,
};
