import type { Host } from './ports/host.js';
import type {
  CpuPolicy,
  DeviceModels,
  DomainBuilder,
  Domains,
  EventChannels,
  HvmParams,
  Journal,
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
  return Symbol.for(`${packageName}:${name}`) as Token<T>;
}

const core = <T>(name: string): Token<T> => token<T>('@xen-image/core', name);

export const DOMAINS = core<Domains>('Domains');
export const MEMORY = core<Memory>('Memory');
export const EVENT_CHANNELS = core<EventChannels>('EventChannels');
export const HVM_PARAMS_PORT = core<HvmParams>('HvmParams');
export const CPU_POLICY = core<CpuPolicy>('CpuPolicy');
export const DOMAIN_BUILDER = core<DomainBuilder>('DomainBuilder');
export const XENSTORE = core<XenStore>('XenStore');
export const DEVICE_MODELS = core<DeviceModels>('DeviceModels');
export const POSIX = core<Posix>('Posix');
export const HOST = core<Host>('Host');
export const JOURNAL = core<Journal>('Journal');
