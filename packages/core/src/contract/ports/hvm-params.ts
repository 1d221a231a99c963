/** Numbers of the HVM parameters that handlers use (xen/include/public/hvm/params.h). */
export const HVM_PARAMS = {
  storePfn: 1,
  storeEvtchn: 2,
  paeEnabled: 4,
  /** ia64 alone: the logarithm of the size of the virtual hash page table. */
  vhptSize: 8,
  viridian: 9,
  timerMode: 10,
  hpetEnabled: 11,
  identPt: 12,
  vptAlign: 16,
  consolePfn: 17,
  consoleEvtchn: 18,
  altp2m: 35,
  mcaCap: 38,
} as const satisfies Record<string, number>;

/** The name of an HVM parameter. */
export type HvmParam = keyof typeof HVM_PARAMS;

/** HVM parameters of a domain. Rejections as in {@link Domains}. */
export interface HvmParams {
  set(domid: number, param: HvmParam, value: number): Promise<void>;
  get(domid: number, param: HvmParam): Promise<number>;
}
