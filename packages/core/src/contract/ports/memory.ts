/** What the hypervisor says of the host's memory: `xc_physinfo` in KiB. */
export interface PhysicalMemory {
  readonly totalKib: number;
  readonly freeKib: number;
  /** Freed pages that are not yet scrubbed; they count as free soon. */
  readonly scrubbingKib: number;
  /** Held by claims of domains that are being built; not part of what a new domain can have. */
  readonly claimedKib: number;
}

/** Limits and reservations of memory. Rejections as in {@link Domains}. */
export interface Memory {
  physical(): Promise<PhysicalMemory>;
  /** The most that a domain may hold: `xc_domain_setmaxmem`. */
  setMaxMemory(domid: number, maxMemoryKib: number): Promise<void>;
  /** The size of the memory map a PV guest is shown: `xc_domain_set_memmap_limit`. */
  setMemmapLimit(domid: number, limitKib: number): Promise<void>;
  /** The pool for shadow or HAP page tables: `xc_set_paging_mempool_size`, in bytes there. */
  setPagingPool(domid: number, poolKib: number): Promise<void>;
  /**
   * Claims memory for a domain, so that no other can take it before it is populated: `xc_domain_claim_pages`. Zero
   * gives the claim up. Fails with errno `ENOMEM` where so much is not free.
   */
  claim(domid: number, claimKib: number): Promise<void>;
}
