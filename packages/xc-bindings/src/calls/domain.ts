import { writeStruct } from '../abi/struct.js';
import { answeredDomid } from '../library/bad-answer.js';
import type { XcHandle } from '../library/handle.js';

/** What `xc_domain_create` is told; `xen_domctl_createdomain` (xen/include/public/domctl.h). */
export interface CreateDomain {
  /** The domain's UUID, 16 bytes as it is written. */
  readonly handle: Buffer;
  /** `XEN_DOMCTL_CDF_*` */
  readonly flags: number;
  /** `XEN_X86_EMU_*` */
  readonly emulationFlags: number;
  /** At least 1. */
  readonly maxVcpus: number;
  /** The highest event channel port. */
  readonly maxEvtchnPort: number;
  /** Frames of the grant table; the hypervisor's default where not given. */
  readonly maxGrantFrames?: number;
  readonly maxMaptrackFrames?: number;
  /** 1 or 2. */
  readonly grantTableVersion: number;
}

/** `XEN_DOMCTL_MAX_GRANT_FRAMES` and its like take -1 for the hypervisor's default. */
const HYPERVISOR_DEFAULT = 0xffff_ffff;

/**
 * Makes a domain under any free domid and answers it: `xc_domain_create`.
 *
 * Xen 4.22 has a domid of its own to ask for that; before, it is 0.
 */
export async function createDomain(xc: XcHandle, domain: CreateDomain): Promise<number> {
  const config = writeStruct(xc.abi.structs.createDomain, {
    handle: domain.handle,
    flags: domain.flags,
    max_vcpus: domain.maxVcpus,
    max_evtchn_port: domain.maxEvtchnPort,
    max_grant_frames: domain.maxGrantFrames ?? HYPERVISOR_DEFAULT,
    max_maptrack_frames: domain.maxMaptrackFrames ?? HYPERVISOR_DEFAULT,
    grant_opts: domain.grantTableVersion,
    'arch.emulation_flags': domain.emulationFlags,
  });
  const domid = Buffer.alloc(4);
  domid.writeUInt32LE(xc.abi.constants.domidAny ?? 0);
  // An HVM domain's page tables are allocated with it.
  const now = (domain.flags & xc.abi.constants.domainFlagHvm) === 0;
  await xc[now ? 'requireNow' : 'require']('xc_domain_create', undefined, xc.pointer, domid, config);
  return answeredDomid('xc_domain_create', domid.readUInt32LE());
}

/** So many vcpus are allocated within a millisecond. */
const QUICK_VCPUS = 4;

/** Allocates vcpus 0 to `maxVcpus` - 1. */
export async function setMaxVcpus(xc: XcHandle, domid: number, maxVcpus: number): Promise<void> {
  const call = maxVcpus <= QUICK_VCPUS ? 'requireNow' : 'require';
  await xc[call]('xc_domain_max_vcpus', { domid }, xc.pointer, domid, maxVcpus);
}

/** Pauses a domain, once more if it is paused already. */
export async function pauseDomain(xc: XcHandle, domid: number): Promise<void> {
  await xc.require('xc_domain_pause', { domid }, xc.pointer, domid);
}

/** Takes one pause off a domain; it runs when none is left. */
export async function unpauseDomain(xc: XcHandle, domid: number): Promise<void> {
  await xc.require('xc_domain_unpause', { domid }, xc.pointer, domid);
}

/**
 * Tells the hypervisor that a domain has shut down.
 * @param reason - `SHUTDOWN_*` (xen/include/public/sched.h): 0 poweroff, 1 reboot, 2 suspend, 3 crash, 4 watchdog, 5 soft reset
 */
export async function shutdownDomain(xc: XcHandle, domid: number, reason: number): Promise<void> {
  await xc.require('xc_domain_shutdown', { domid }, xc.pointer, domid, reason);
}

/**
 * Lets a domain go on that has shut down for suspend. Not `fast`, which tells the guest's vcpu 0 that a hypercall of its returned.
 */
export async function resumeDomain(xc: XcHandle, domid: number): Promise<void> {
  await xc.require('xc_domain_resume', { domid }, xc.pointer, domid, 0);
}

/** Destroys a domain. Frames that others still map outlive it, as does the domid until they are let go. */
export async function destroyDomain(xc: XcHandle, domid: number): Promise<void> {
  await xc.require('xc_domain_destroy', { domid }, xc.pointer, domid);
}

/** Sets the seconds that the guest's clock is ahead of UTC; negative for behind. */
export async function setTimeOffset(xc: XcHandle, domid: number, offsetSeconds: number): Promise<void> {
  await xc.require('xc_domain_set_time_offset', { domid }, xc.pointer, domid, offsetSeconds);
}

/**
 * Sets how the guest reads the time stamp counter, from zero on.
 * @param mode - `TSC_MODE_*` (xen/include/public/arch-x86/xen.h): 0 default, 1 always emulated, 2 never emulated
 */
export async function setTscMode(xc: XcHandle, domid: number, mode: number): Promise<void> {
  await xc.require('xc_domain_set_tsc_info', { domid }, xc.pointer, domid, mode, 0, 0, 0);
}
