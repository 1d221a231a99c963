/** Why a domain was, or is to be, shut down: Xen's SHUTDOWN_* codes 0 to 5 (xen/include/public/sched.h). */
export type ShutdownReason = 'poweroff' | 'reboot' | 'suspend' | 'crash' | 'watchdog' | 'soft-reset';

/** Shutdown reasons at the index of their SHUTDOWN_* code. */
export const SHUTDOWN_REASONS: readonly ShutdownReason[] = [
  'poweroff',
  'reboot',
  'suspend',
  'crash',
  'watchdog',
  'soft-reset',
];

/** What a domain is made of before it has memory: `xen_domctl_createdomain` (xen/include/public/domctl.h). */
export interface DomainSpec {
  /** Canonical lower-case text form. */
  readonly uuid: string;
  /** `pv`, or `hvm` for HVM and PVH. */
  readonly container: 'pv' | 'hvm';
  /** Hardware-assisted paging; only with container `hvm`. */
  readonly hap: boolean;
  /** Emulated devices in the hypervisor: none (PV), the local APIC (PVH), or the set that HVM needs. */
  readonly emulation: 'none' | 'lapic' | 'hvm';
  /** At least 1. */
  readonly maxVcpus: number;
  /** The highest event channel port; 1023 where not given. */
  readonly maxEvtchnPort?: number;
}

/** Emulation of the time stamp counter: where Xen finds it necessary, always, never (xl.cfg(5), `tsc_mode`). */
export type TscMode = 'default' | 'always' | 'never';

/** A domain as the hypervisor knows it. */
export interface DomainInfo {
  readonly domid: number;
  readonly uuid: string;
  readonly container: 'pv' | 'hvm';
  readonly paused: boolean;
  readonly running: boolean;
  readonly blocked: boolean;
  readonly dying: boolean;
  /** Present once the domain has shut down. */
  readonly shutdownReason?: ShutdownReason;
  readonly memoryKib: number;
  readonly maxMemoryKib: number;
  readonly onlineVcpus: number;
  readonly maxVcpus: number;
  readonly cpuTimeNs: bigint;
}

/** Which domain it is, and whether it dies. */
export type DomainIdentity = Pick<DomainInfo, 'domid' | 'uuid' | 'dying'>;

/** What {@link Domains.changes} answers. */
export interface DomainChanges {
  /** Stands for this answer when the next is asked for; where nothing has changed it may be the mark that was asked with. */
  readonly mark: object;
  /** Whether `domains` are all that there are: without a mark, or with one that the host cannot answer from. */
  readonly complete: boolean;
  /** As they are now: those made since the mark, those that have begun to die since, those with another uuid than before. */
  readonly domains: readonly DomainIdentity[];
  /**
   * Domids that had a domain at the mark and have none now; nothing where `complete`. May name some that had none at the mark; what came
   * and went between the two need not be named.
   */
  readonly gone: readonly number[];
}

/**
 * Domains and their life.
 *
 * Every method rejects with a `XenImageError` of code `HYPERVISOR_CALL_FAILED` (or a narrower one) that carries the
 * call and its errno. Unknown domids fail with errno `ESRCH`.
 */
export interface Domains {
  /** Makes a domain without memory or vcpus, paused, and answers its domid. */
  create(spec: DomainSpec): Promise<number>;
  /** Allocates vcpus 0 to `maxVcpus` - 1. */
  setMaxVcpus(domid: number, maxVcpus: number): Promise<void>;
  /** Seconds added to UTC for the guest's clock. */
  setTimeOffset(domid: number, offsetSeconds: number): Promise<void>;
  /** Says whether reads of the time stamp counter are emulated: `xc_domain_set_tsc_info`. */
  setTscMode(domid: number, mode: TscMode): Promise<void>;
  pause(domid: number): Promise<void>;
  unpause(domid: number): Promise<void>;
  /** Tells the hypervisor that the domain has shut down for this reason. */
  shutdown(domid: number, reason: ShutdownReason): Promise<void>;
  /**
   * Lets a domain go on that has shut down for `suspend`: `xc_domain_resume`, not `fast`. The guest of an HVM domain that was told so by
   * {@link Domains.shutdown} knows nothing of it.
   */
  resume(domid: number): Promise<void>;
  /** Ends the domain and gives its resources back; resolves when the hypervisor has let go of its memory. */
  destroy(domid: number): Promise<void>;
  /** What the hypervisor says of a domain; `undefined` where there is none of that domid. */
  info(domid: number): Promise<DomainInfo | undefined>;
  /** All domains, by ascending domid, domain 0 included. */
  list(): Promise<readonly DomainInfo[]>;
  /**
   * Which domains came and went since an earlier answer, at the least cost that the host allows. One that can only be asked for all, as Xen
   * can, has its mark remember what it compares: who there was, by domid and uuid, and who was dying.
   *
   * Where it is left out, lists are compared.
   *
   * @param since - `mark` of an earlier answer, of this or an earlier operation; without it, all are answered
   */
  changes?(since?: object): Promise<DomainChanges>;
}
