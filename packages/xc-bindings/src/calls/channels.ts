import type { XcHandle } from '../library/handle.js';

/** Allocates an unbound event channel port in a domain, for another to bind, and answers it: `xc_evtchn_alloc_unbound`. */
export function allocateUnbound(xc: XcHandle, domid: number, remoteDomid: number): Promise<number> {
  return xc.require('xc_evtchn_alloc_unbound', { domid }, xc.pointer, domid, remoteDomid);
}

/** Sets an HVM parameter by its number (xen/include/public/hvm/params.h): `xc_hvm_param_set`. */
export async function setHvmParam(xc: XcHandle, domid: number, param: number, value: bigint | number): Promise<void> {
  await xc.require('xc_hvm_param_set', { domid }, xc.pointer, domid, param, value);
}

/** An HVM parameter by its number: `xc_hvm_param_get`. */
export async function getHvmParam(xc: XcHandle, domid: number, param: number): Promise<bigint> {
  const value = Buffer.alloc(8);
  await xc.require('xc_hvm_param_get', { domid }, xc.pointer, domid, param, value);
  return value.readBigUInt64LE();
}
