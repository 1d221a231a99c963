import type { Host } from './ports/host.js';
import type {
  CpuPolicy,
  DeviceModels,
  DomainBuilder,
  Domains,
  EventChannels,
  HvmParams,
  Journal,
  KeptDomains,
  Memory,
  Posix,
  XenStore,
} from './ports/index.js';

/**
 * A name under which something is registered and found; typed by what it stands for.
 *
 * Made with `Symbol.for`, so that two copies of a package mean the same thing by it.
 */
export type Token<T> = symbol & { readonly __type?: T };

/** A token of a package's own: `token('@acme/handler', 'nvram')`. */
export function token<T>(packageName: string, name: string): Token<T> {
  return Symbol.for(`${packageName}:${name}`);
}

const core = <T>(name: string): Token<T> => token<T>('@xen-image/core', name);

/** Domains and their life. */
export const DOMAINS = core<Domains>('Domains');
/** Limits and reservations of memory. */
export const MEMORY = core<Memory>('Memory');
/** Event channels of guests. */
export const EVENT_CHANNELS = core<EventChannels>('EventChannels');
/** HVM parameters. The name `HVM_PARAMS` is the table of their numbers. */
export const HVM_PARAMS_PORT = core<HvmParams>('HvmParams');
/** What the CPUID instruction tells guests. */
export const CPU_POLICY = core<CpuPolicy>('CpuPolicy');
/** The builder that populates guests and loads their kernels. */
export const DOMAIN_BUILDER = core<DomainBuilder>('DomainBuilder');
/** The xenstore tree. */
export const XENSTORE = core<XenStore>('XenStore');
/** Processes that emulate devices. */
export const DEVICE_MODELS = core<DeviceModels>('DeviceModels');
/** System calls that Node lacks. */
export const POSIX = core<Posix>('Posix');
/** Facts about the host, and its files. */
export const HOST = core<Host>('Host');
/** Entries of operations under way; optional. */
export const JOURNAL = core<Journal>('Journal');
/** Configurations of domains that run, for starting them again; optional. */
export const KEPT_DOMAINS = core<KeptDomains>('KeptDomains');
