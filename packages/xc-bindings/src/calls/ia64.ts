import type { XcHandle } from '../library/handle.js';

/**
 * Makes or finds a domain's NVRAM, kept under its name: `xc_ia64_nvram_init`.
 *
 * Its prototype is that of `tools/libxc/xenctrl.h` in Xen 4.2.0 (commit 1ac2dbf88496), the last version with ia64.
 * @throws XenImageError `CALL_UNAVAILABLE` where the library does not export it
 */
export async function initNvram(xc: XcHandle, domid: number, name: string): Promise<void> {
  await xc.require('xc_ia64_nvram_init', { domid, name }, xc.pointer, name, domid);
}

/** Tells the firmware which system it boots: `xc_ia64_set_os_type`; source and errors as of {@link initNvram}. */
export async function setOsType(xc: XcHandle, domid: number, osType: string): Promise<void> {
  await xc.require('xc_ia64_set_os_type', { domid }, xc.pointer, osType, domid);
}

/** Saves a domain's NVRAM before it is destroyed: `xc_ia64_save_to_nvram`; source and errors as of {@link initNvram}. */
export async function saveNvram(xc: XcHandle, domid: number): Promise<void> {
  await xc.require('xc_ia64_save_to_nvram', { domid }, xc.pointer, domid);
}
