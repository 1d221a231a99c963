import type { ForeignArgumentType, ForeignType } from '@xen-image/ffi';

/**
 * How long a call can take: a `quick` one returns within a millisecond and is made on the event loop's thread; a `slow`
 * one allocates, frees or scrubs memory, touches all vcpus, or reads files.
 */
export type Pace = 'quick' | 'slow';

/** A function of Xen's libraries. */
export interface CallSignature<
  R extends ForeignType = ForeignType,
  A extends readonly ForeignArgumentType[] = readonly ForeignArgumentType[],
> {
  readonly pace: Pace;
  readonly result: R;
  readonly args: A;
}

function quick<const R extends ForeignType, const A extends readonly ForeignArgumentType[]>(
  result: R,
  ...args: A
): CallSignature<R, A> {
  return { pace: 'quick', result, args };
}

function slow<const R extends ForeignType, const A extends readonly ForeignArgumentType[]>(
  result: R,
  ...args: A
): CallSignature<R, A> {
  return { pace: 'slow', result, args };
}

/** Functions whose prototypes the ABI tables have; each is checked against its table before it is bound. */
export const XEN_CALLS = {
  // tools/include/xentoollog.h
  xtl_createlogger_stdiostream: quick('pointer', 'pointer', 'uint32', 'uint32'),
  xtl_logger_destroy: quick('void', 'pointer'),
  // tools/include/xenforeignmemory.h
  xenforeignmemory_map: slow('pointer', 'pointer', 'uint32', 'int', 'size_t', 'pointer', 'pointer'),
  xenforeignmemory_unmap: quick('int', 'pointer', 'pointer', 'size_t'),
  // tools/include/xenctrl.h
  xc_interface_open: quick('pointer', 'pointer', 'pointer', 'uint32'),
  xc_interface_close: quick('int', 'pointer'),
  xc_interface_fmem_handle: quick('pointer', 'pointer'),
  xc_version: quick('int', 'pointer', 'int', 'pointer'),
  xc_physinfo: quick('int', 'pointer', 'pointer'),
  xc_domain_create: slow('int', 'pointer', 'pointer', 'pointer'),
  xc_domain_max_vcpus: slow('int', 'pointer', 'uint32', 'uint32'),
  xc_domain_pause: slow('int', 'pointer', 'uint32'),
  xc_domain_unpause: slow('int', 'pointer', 'uint32'),
  xc_domain_shutdown: slow('int', 'pointer', 'uint32', 'int'),
  xc_domain_destroy: slow('int', 'pointer', 'uint32'),
  xc_domain_set_time_offset: quick('int', 'pointer', 'uint32', 'int'),
  xc_domain_set_tsc_info: quick('int', 'pointer', 'uint32', 'uint32', 'uint64', 'uint32', 'uint32'),
  xc_domain_getinfolist: quick('int', 'pointer', 'uint32', 'uint32', 'pointer'),
  /** Up to Xen 4.17. */
  xc_domain_getinfo: quick('int', 'pointer', 'uint32', 'uint32', 'pointer'),
  /** From Xen 4.18 on. */
  xc_domain_getinfo_single: quick('int', 'pointer', 'uint32', 'pointer'),
  xc_domain_setmaxmem: quick('int', 'pointer', 'uint32', 'uint64'),
  xc_domain_set_memmap_limit: quick('int', 'pointer', 'uint32', 'ulong'),
  xc_domain_set_memory_map: quick('int', 'pointer', 'uint32', 'pointer', 'uint32'),
  xc_domain_maximum_gpfn: quick('int', 'pointer', 'uint32', 'pointer'),
  xc_domain_claim_pages: quick('int', 'pointer', 'uint32', 'ulong'),
  xc_domain_populate_physmap: slow('int', 'pointer', 'uint32', 'ulong', 'uint32', 'uint32', 'pointer'),
  xc_domain_populate_physmap_exact: slow('int', 'pointer', 'uint32', 'ulong', 'uint32', 'uint32', 'pointer'),
  xc_domain_increase_reservation: slow('int', 'pointer', 'uint32', 'ulong', 'uint32', 'uint32', 'pointer'),
  xc_domain_decrease_reservation: slow('int', 'pointer', 'uint32', 'ulong', 'uint32', 'pointer'),
  xc_domain_decrease_reservation_exact: slow('int', 'pointer', 'uint32', 'ulong', 'uint32', 'pointer'),
  xc_domain_get_pod_target: quick('int', 'pointer', 'uint32', 'pointer', 'pointer', 'pointer'),
  xc_domain_set_pod_target: slow('int', 'pointer', 'uint32', 'uint64', 'pointer', 'pointer', 'pointer'),
  /** From Xen 4.17 on. */
  xc_set_paging_mempool_size: slow('int', 'pointer', 'uint32', 'uint64'),
  xc_shadow_control: slow('int', 'pointer', 'uint32', 'uint32', 'pointer', 'uint32'),
  xc_evtchn_alloc_unbound: quick('int', 'pointer', 'uint32', 'uint32'),
  xc_hvm_param_set: quick('int', 'pointer', 'uint32', 'uint32', 'uint64'),
  xc_hvm_param_get: quick('int', 'pointer', 'uint32', 'uint32', 'pointer'),
  xc_cpuid_apply_policy: quick(
    'int',
    ...(['pointer', 'uint32', 'bool', 'pointer', 'uint32', 'bool', 'bool', 'bool', 'pointer', 'pointer'] as const),
  ),
  xc_cpu_policy_init: quick('pointer'),
  xc_cpu_policy_destroy: quick('void', 'pointer'),
  xc_cpu_policy_get_size: quick('int', 'pointer', 'pointer', 'pointer'),
  xc_cpu_policy_get_domain: slow('int', 'pointer', 'uint32', 'pointer'),
  xc_cpu_policy_get_system: slow('int', 'pointer', 'uint32', 'pointer'),
  xc_cpu_policy_serialise: quick('int', 'pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'pointer'),
  // tools/include/xenguest.h
  xc_dom_allocate: quick('pointer', 'pointer', 'string', 'string'),
  xc_dom_release: slow('void', 'pointer'),
  xc_dom_malloc: quick('pointer', 'pointer', 'size_t'),
  xc_dom_kernel_file: slow('int', 'pointer', 'string'),
  xc_dom_kernel_mem: slow('int', 'pointer', 'pointer', 'size_t'),
  xc_dom_module_file: slow('int', 'pointer', 'string', 'string'),
  xc_dom_module_mem: slow('int', 'pointer', 'pointer', 'size_t', 'string'),
  xc_dom_boot_xen_init: quick('int', 'pointer', 'pointer', 'uint32'),
  xc_dom_parse_image: slow('int', 'pointer'),
  xc_dom_mem_init: quick('int', 'pointer', 'uint32'),
  xc_dom_boot_mem_init: slow('int', 'pointer'),
  xc_dom_build_image: slow('int', 'pointer'),
  xc_dom_boot_image: slow('int', 'pointer'),
  xc_dom_gnttab_init: quick('int', 'pointer'),
  xc_dom_compat_check: quick('int', 'pointer'),
  xc_dom_virt_base: quick('uint64', 'pointer'),
  xc_dom_virt_entry: quick('uint64', 'pointer'),
  xc_dom_virt_hypercall: quick('uint64', 'pointer'),
  xc_dom_guest_os: quick('string', 'pointer'),
  xc_dom_feature_get: quick('bool', 'pointer', 'uint32'),
  xc_domain_resume: slow('int', 'pointer', 'uint32', 'int'),
} as const;

/**
 * Functions of ia64's libxenctrl, the last of which was Xen 4.2's: `tools/libxc/xenctrl.h` there, lines 1663 to 1669
 * (tag RELEASE-4.2.0). No table has them; they are bound where a library exports them.
 */
export const IA64_CALLS = {
  xc_ia64_save_to_nvram: slow('int', 'pointer', 'uint32'),
  xc_ia64_nvram_init: slow('int', 'pointer', 'string', 'uint32'),
  xc_ia64_set_os_type: slow('int', 'pointer', 'string', 'uint32'),
} as const;

/** Every call. */
export const CALLS = { ...XEN_CALLS, ...IA64_CALLS } as const;

/** The name of a call. */
export type CallName = keyof typeof CALLS;
