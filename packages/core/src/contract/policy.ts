import type { TscMode } from './ports/domains.js';
import type { HvmParam } from './ports/hvm-params.js';

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
    /**
     * Paging pool of HVM guests: the 2009 formula, which knows shadow paging alone, or libxl's of today by HAP. PV
     * guests have no pool under either: libxl counts one for them and never sets it.
     */
    readonly pagingPool: 'static-maximum' | 'by-container';
    /** Reserve for IOMMU page tables of every guest, KiB for each MiB of maximum memory. */
    readonly iommuKibPerMib: number;
    /** Free memory needed beside the guest's own, by container. */
    readonly overheadKib: { readonly pv: number; readonly hvm: number };
    /** What Xen takes for each vcpu beyond that, by container; nothing where not given. */
    readonly overheadKibPerVcpu?: { readonly pv: number; readonly hvm: number };
  };
  readonly cpuid: {
    /** Whether masks go in with the policy, or leaf by leaf after it. */
    readonly masks: 'with-policy' | 'per-leaf';
    /** The step the CPUID actions stand in. */
    readonly step: 'beforeBuild' | 'afterBuild';
  };
  readonly hvm: {
    /** HVM parameters that every HVM guest starts with, in the order in which they are set. */
    readonly params: Readonly<Partial<Record<HvmParam, number>>>;
    /** How a guest is told whether it may use PAE: HVM parameter 4, which Xen of today refuses, or its CPUID bit. */
    readonly pae: 'param' | 'cpuid';
    /** Who tells the guest of its xenstore ring: the toolstack after the build, or the builder in it. */
    readonly storeRing: 'toolstack' | 'builder';
  };
  /** Emulation of the time stamp counter where the configuration says nothing; `null` to leave it as it is. */
  readonly tscMode: TscMode | null;
  readonly deviceModel: {
    /** Whether the device model of an x86 guest is told the guest's memory. */
    readonly memorySize: boolean;
    /** Whether the pipes to block-tap are made for it; they are not where not given. */
    readonly tapPipes?: boolean;
  };
  /** Files looked for before the build beside kernel, ramdisk and disks. */
  readonly fileChecks: {
    /** Images in floppy drives. */
    readonly floppies: boolean;
    /** The firmware loader and the firmware of HVM guests. */
    readonly firmware: boolean;
  };
  /** Checks before any effect of their step, or where the sequence has them. */
  readonly checks: 'first' | 'in-order';
  /** Whether an extent policy that cannot be kept is refused while planning. */
  readonly refuseUnevenSuperpages: boolean;
}
