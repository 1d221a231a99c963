/**
 * How a profile wants figures and sequences: plain data that handlers read, so that none of them knows a profile.
 */
export interface Policy {
  readonly memory: {
    /** Whether video RAM comes out of the configured memory or on top of it. */
    readonly videoRam: 'within' | 'on-top';
    /** Whether a PV guest whose kernel is a stub domain needs video RAM available. */
    readonly stubdomVideoRam: boolean;
    /** Added to the target for the domain's limit; `null` where the limit is the available memory for the maximum. */
    readonly maxMemorySlackKib: number | null;
    /** Added to the maximum for the memory map's limit. */
    readonly memmapSlackKib: number;
    /** Paging pool: the 2009 formula for HVM alone, or libxl's of today by container and HAP. */
    readonly pagingPool: 'static-maximum' | 'by-container';
    /** Reserve for IOMMU page tables of every guest, KiB for each MiB of maximum memory. */
    readonly iommuKibPerMib: number;
    /** Free memory needed beside the guest's own, by container. */
    readonly overheadKib: { readonly pv: number; readonly hvm: number };
  };
  readonly cpuid: {
    /** Whether masks go in with the policy, or leaf by leaf after it. */
    readonly masks: 'with-policy' | 'per-leaf';
    /** The step the CPUID actions stand in. */
    readonly step: 'beforeBuild' | 'afterBuild';
  };
  /** Checks before any effect of their step, or where the sequence has them. */
  readonly checks: 'first' | 'in-order';
  /** Whether an extent policy that cannot be kept is refused while planning. */
  readonly refuseUnevenSuperpages: boolean;
}
