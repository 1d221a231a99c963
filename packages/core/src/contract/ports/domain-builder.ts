import type { Deferred, Flag, Spelled } from '../values.js';

/** How a guest's memory is populated: the largest extents that are to be had, or 2 MiB extents alone or an error. */
export type ExtentPolicy = 'best' | 'all2M';

/** A region of a guest's physical memory map (e820). Addresses and sizes in bytes, up to 2^53. */
export interface MemoryRegion {
  readonly addressBytes: number;
  readonly sizeBytes: number;
  readonly kind: 'ram' | 'reserved' | 'acpi' | 'nvs' | 'unusable';
}

/** A blob that the builder places in guest memory. */
export interface GuestBlob {
  readonly data: Uint8Array;
  /** Where it goes; page-aligned for all but the last part of a table page. The builder chooses where not given. */
  readonly addressBytes?: number;
}

/** A file loaded beside the kernel: a ramdisk or, under PVH, further modules. */
export interface BootModule {
  readonly path: string;
  readonly commandLine?: string;
}

/** The table at page 0x9f that hvmloader reads (xen/include/public/hvm/hvm_info_table.h). */
export interface HvmInfo {
  readonly acpi: Flag;
  readonly apic: Flag;
  readonly vcpus: number;
}

/**
 * Everything that the build of a guest needs, as data.
 *
 * A PV guest, an HVM guest and a PVH guest are three projections of it: what a kind of guest has no use for is left
 * out.
 */
export interface BuildSpec {
  readonly container: 'pv' | 'hvm';
  /** The kernel that runs first: the guest's own, or `hvmloader`; `null` where none is named, which builders refuse. */
  readonly kernel: string | null;
  /** The first is the ramdisk; the spelling is kept for builders that record it. */
  readonly ramdisk?: Spelled<string | null>;
  readonly modules?: readonly BootModule[];
  readonly commandLine: string;
  /** Features the kernel must have, as libxenguest spells them; empty for none. */
  readonly features: string;
  /** The memory populated at start, in MiB. */
  readonly targetMib: number;
  /** The memory the guest may see; above `targetMib` the rest is populated on demand (HVM) or by the balloon (PV). */
  readonly maximumMib: number;
  readonly extents: Spelled<ExtentPolicy>;
  readonly vcpus: number;
  /** Given where the toolstack writes the memory map; else the builder's own. */
  readonly memoryMap?: readonly MemoryRegion[];
  /** The hole below 4 GiB for devices, in bytes. */
  readonly mmioHole?: { readonly startBytes: number; readonly sizeBytes: number };
  /** Pages 0xa0 to 0xbf are left to the VGA window. */
  readonly vgaHole?: boolean;
  /** Whether an emulator will serve the guest (I/O request server pages are set up). */
  readonly deviceModel?: boolean;
  /** A firmware image that hvmloader loads (SeaBIOS, OVMF). */
  readonly firmware?: string;
  /** The first blob holds the RSDP. */
  readonly acpi?: readonly GuestBlob[];
  readonly hvmInfo?: HvmInfo;
  /** Event channel ports of xenstore and console in the guest. */
  readonly channels: { readonly store: Deferred<number>; readonly console: Deferred<number> };
  /** ia64 alone: logarithm of the size of the virtual hash page table; 0 for the default. */
  readonly vhpt?: number;
}

/** What a build answers. */
export interface BuildResult {
  /** The frame of the xenstore ring: an mfn for PV, a gfn for HVM and PVH. */
  readonly storeFrame?: number;
  /** The frame of the console ring, likewise. */
  readonly consoleFrame?: number;
  /** The kernel's ELF notes, or what stands for them. */
  readonly notes?: Readonly<Record<string, string | number>>;
  /** How many extents of each size were populated, where the builder knows. */
  readonly extents?: { readonly count4k: number; readonly count2m: number; readonly count1g: number };
}

/** A request as a builder gets it: every reference resolved. */
export interface ResolvedBuildSpec extends BuildSpec {
  readonly channels: { readonly store: number; readonly console: number };
}

/** Builds guests. Rejections as in {@link Domains}; what libxenguest said is in the error's `said`. */
export interface DomainBuilder {
  /**
   * Populates memory, loads the kernel and leaves the domain ready to run, still paused.
   *
   * @param signal - checked between foreign calls; nothing is freed while one of them runs
   * @throws XenImageError of code `SUPERPAGES_UNAVAILABLE` where `all2M` was asked for and not to be had; its data say
   * how many extents were (`populated`) and how many were wanted (`wanted`)
   */
  build(domid: number, spec: ResolvedBuildSpec, signal?: AbortSignal): Promise<BuildResult>;
}
