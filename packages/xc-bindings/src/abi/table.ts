/** Where a field is in its struct, and how long it is, in bytes. */
export type FieldPlace = readonly [offsetBytes: number, sizeBytes: number];

/** A C struct: its size in bytes and where its fields are. Those that are not used here are left out. */
export interface StructLayout<F extends string = string> {
  readonly size: number;
  readonly fields: Readonly<Record<F, FieldPlace>>;
}

/** The structs of the ABI tables, with the fields that are used, by their names in Xen's headers. */
export interface AbiStructs {
  /** `struct xen_domctl_createdomain` (xen/include/public/domctl.h) */
  readonly createDomain: StructLayout<
    | 'ssidref'
    | 'handle'
    | 'flags'
    | 'iommu_opts'
    | 'max_vcpus'
    | 'max_evtchn_port'
    | 'max_grant_frames'
    | 'max_maptrack_frames'
    | 'grant_opts'
    | 'vmtrace_size'
    | 'arch.emulation_flags'
    | 'arch.misc_flags'
  >;
  /** `struct xen_domctl_getdomaininfo`, which libxenctrl calls `xc_domaininfo_t` */
  readonly domainInfo: StructLayout<
    | 'domain'
    | 'flags'
    | 'tot_pages'
    | 'max_pages'
    | 'outstanding_pages'
    | 'shr_pages'
    | 'shared_info_frame'
    | 'cpu_time'
    | 'nr_online_vcpus'
    | 'max_vcpu_id'
    | 'handle'
    | 'cpupool'
  >;
  /** `struct xen_sysctl_physinfo` (xen/include/public/sysctl.h) */
  readonly physInfo: StructLayout<
    | 'threads_per_core'
    | 'cores_per_socket'
    | 'nr_cpus'
    | 'max_cpu_id'
    | 'nr_nodes'
    | 'cpu_khz'
    | 'capabilities'
    | 'total_pages'
    | 'free_pages'
    | 'scrub_pages'
    | 'outstanding_pages'
    | 'max_mfn'
    | 'hw_cap'
  >;
  /** `struct xc_dom_image` (tools/include/xenguest.h) */
  readonly image: StructLayout<ImageField>;
  /** `struct xc_hvm_firmware_module` (tools/include/xenguest.h) */
  readonly firmwareModule: StructLayout<'data' | 'length' | 'guest_addr_out'>;
  /** `struct e820entry` (tools/include/xenctrl.h) */
  readonly e820Entry: StructLayout<'addr' | 'size' | 'type'>;
  /** `struct hvm_info_table` (xen/include/public/hvm/hvm_info_table.h) */
  readonly hvmInfoTable: StructLayout<
    | 'signature'
    | 'length'
    | 'checksum'
    | 'apic_mode'
    | 'nr_vcpus'
    | 'low_mem_pgend'
    | 'reserved_mem_pgstart'
    | 'high_mem_pgend'
    | 'vcpu_online'
  >;
  /** `struct xc_xend_cpuid` (tools/include/xenctrl.h) */
  readonly xendCpuid: StructLayout<'leaf' | 'subleaf' | 'policy'>;
  /** `xen_cpuid_leaf_t` (xen/include/public/arch-x86/xen.h) */
  readonly cpuidLeaf: StructLayout<'leaf' | 'subleaf' | 'a' | 'b' | 'c' | 'd'>;
  /** `xen_msr_entry_t` (xen/include/public/arch-x86/xen.h) */
  readonly msrEntry: StructLayout<'idx' | 'flags' | 'val'>;
  /** `xen_compile_info_t` (xen/include/public/version.h) */
  readonly compileInfo: StructLayout<'compiler' | 'compile_by' | 'compile_domain' | 'compile_date'>;
  /** `xen_platform_parameters_t` (xen/include/public/version.h) */
  readonly platformParameters: StructLayout<'virt_start'>;
}

/** The fields of `struct xc_dom_image` that are read or set. */
export type ImageField =
  | 'kernel_blob'
  | 'kernel_size'
  | 'guest_type'
  | 'console_pfn'
  | 'xenstore_pfn'
  | 'shared_info_pfn'
  | 'pv_p2m'
  | 'p2m_size'
  | 'rambase_pfn'
  | 'total_pages'
  | 'flags'
  | 'console_evtchn'
  | 'xenstore_evtchn'
  | 'console_domid'
  | 'xenstore_domid'
  | 'claim_enabled'
  | 'container_type'
  | 'target_pages'
  | 'mmio_start'
  | 'mmio_size'
  | 'lowmem_end'
  | 'highmem_end'
  | 'vga_hole_size'
  | 'device_model'
  | 'system_firmware_module'
  | 'acpi_modules'
  | 'smbios_module'
  | 'e820'
  | 'e820_entries'
  | 'max_vcpus';

/** The numbers of the ABI tables; `scripts/abi/wanted.mjs` says which macro or expression each one is. */
export interface AbiConstants {
  readonly domctlVersion: number;
  readonly sysctlVersion: number;
  readonly domainFlagHvm: number;
  readonly domainFlagHap: number;
  readonly emulateLapic: number;
  readonly emulateAll: number;
  readonly emulateVpci: number;
  readonly emulateUsePirq: number;
  readonly infoDying: number;
  readonly infoHvm: number;
  readonly infoShutdown: number;
  readonly infoPaused: number;
  readonly infoBlocked: number;
  readonly infoRunning: number;
  readonly infoShutdownMask: number;
  readonly infoShutdownShift: number;
  readonly noVcpus: number;
  readonly capabilityHvm: number;
  readonly capabilityPv: number;
  readonly capabilityDirectIo: number;
  readonly capabilityHap: number;
  readonly capabilityShadow: number;
  readonly policyHost: number;
  readonly policyPvMax: number;
  readonly policyHvmMax: number;
  readonly policyPvDefault: number;
  readonly policyHvmDefault: number;
  readonly cpuidUnused: number;
  readonly cpuidNoSubleaf: number;
  readonly containerPv: number;
  readonly containerHvm: number;
  readonly maxAcpiModules: number;
  readonly versionVersion: number;
  readonly versionExtra: number;
  readonly versionCompile: number;
  readonly versionCapabilities: number;
  readonly versionChangeset: number;
  readonly versionPlatform: number;
  readonly versionPageSize: number;
  readonly versionCommandLine: number;
  readonly sizeofExtraversion: number;
  readonly sizeofCapabilities: number;
  readonly sizeofChangeset: number;
  readonly sizeofCommandLine: number;
  readonly shadowSetAllocation: number;
  /** The domid that asks for any free one, where that is not 0 (Xen 4.22 on). */
  readonly domidAny?: number;
}

/** What the libraries and the hypervisor of one minor version expect of their callers, on x86-64. */
export interface AbiTable {
  /** `4.17` */
  readonly version: string;
  /** The releases whose headers the table was made from; all of them agree. */
  readonly releases: readonly string[];
  readonly constants: AbiConstants;
  readonly structs: AbiStructs;
  /**
   * Prototypes in machine words, `int32(pointer,uint32)`. More than one where releases of this minor version differ:
   * the longer ones then only add arguments at the end.
   */
  readonly functions: Readonly<Record<string, readonly string[]>>;
}
