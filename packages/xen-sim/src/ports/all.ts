import {
  CPU_POLICY,
  DEVICE_MODELS,
  DOMAIN_BUILDER,
  DOMAINS,
  EVENT_CHANNELS,
  HOST,
  HVM_PARAMS_PORT,
  JOURNAL,
  MEMORY,
  POSIX,
  token,
  XENSTORE,
  type Token,
} from '@xen-image/core';
import { domainBuilderPort } from '../builder/build.js';
import { deviceModelsPort, type DeviceModelWorld } from '../devicemodel/port.js';
import { hostPort, type HostWorld } from '../host/port.js';
import { ia64Port, type SimulatedIa64 } from '../ia64/port.js';
import { journalPort } from '../journal/port.js';
import { posixPort } from '../posix/port.js';
import { cpuPolicyPort, domainsPort, eventChannelsPort, hvmParamsPort, memoryPort } from './hypervisor.js';
import { owners } from './owners.js';
import type { Session } from './session.js';
import { xenStorePort } from './xenstore.js';

/** What surrounds the simulated machine. */
export interface World extends HostWorld, DeviceModelWorld {}

/** A port: the token's name without its package, the token, and what makes the port for a session. */
export interface PortEntry {
  readonly name: string;
  readonly token: Token<unknown>;
  readonly create: (session: Session, world: World) => object;
}

/** The port that handlers of arch ia64 declare, by its name alone: their package is not needed here. */
export const IA64: Token<SimulatedIa64> = token<SimulatedIa64>('@xen-image/handler-ia64', 'Ia64');

/** All ports of a simulated x86 host. */
export const PORTS: readonly PortEntry[] = [
  { name: 'Domains', token: DOMAINS, create: domainsPort },
  { name: 'Memory', token: MEMORY, create: memoryPort },
  { name: 'EventChannels', token: EVENT_CHANNELS, create: eventChannelsPort },
  { name: 'HvmParams', token: HVM_PARAMS_PORT, create: hvmParamsPort },
  { name: 'CpuPolicy', token: CPU_POLICY, create: cpuPolicyPort },
  { name: 'DomainBuilder', token: DOMAIN_BUILDER, create: (session, { files }) => domainBuilderPort(session, files) },
  { name: 'XenStore', token: XENSTORE, create: (session) => xenStorePort(session) },
  { name: 'DeviceModels', token: DEVICE_MODELS, create: deviceModelsPort },
  { name: 'Posix', token: POSIX, create: (session) => posixPort(session, owners) },
  { name: 'Host', token: HOST, create: hostPort },
  { name: 'Journal', token: JOURNAL, create: (session) => journalPort(session, owners) },
];

/** The port of a simulated ia64 host beside those. */
export const IA64_PORT: PortEntry = { name: 'Ia64', token: IA64, create: ia64Port };
