/** Event channels of a guest that another domain will bind. Rejections as in {@link Domains}. */
export interface EventChannels {
  /** Allocates an unbound port in `domid` for `remoteDomid` and answers the port: `xc_evtchn_alloc_unbound`. */
  allocateUnbound(domid: number, remoteDomid: number): Promise<number>;
}
