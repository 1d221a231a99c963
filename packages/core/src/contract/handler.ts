import type { DomainConfig } from '../config/domain-config.js';
import type { Action, ActionLists } from './actions.js';
import type { DeviceModelPlan } from './device-model.js';
import type { HostFacts } from './host-facts.js';
import type { MemoryMath } from './memory.js';
import type { Policy } from './policy.js';
import type { DomainSpec } from './ports/domains.js';

/** All that a handler decides from. Nothing of it may be changed. */
export interface HandlerInput {
  readonly config: DomainConfig;
  readonly host: HostFacts;
  readonly policy: Policy;
}

/** What a handler can do; drives dispatch, documentation and which conformance tests run. */
export interface HandlerSupports {
  readonly container: 'pv' | 'hvm';
  /** Whether its guests may have a device model. */
  readonly deviceModel: boolean;
  /** Whether a guest can be made from saved state. */
  readonly restore: boolean;
  /** Whether CPUID masks are taken. */
  readonly cpuid: boolean;
  /** Whether memory can be asked for wholly in 2 MiB extents. */
  readonly superpages: boolean;
}

/** The action lists a handler returns; core adds `cleanup` and places `cpuid` where the policy has it. */
export interface HandlerActions extends Omit<ActionLists, 'cleanup' | 'restore'> {
  /** CPUID actions; also what restoring a guest repeats. */
  readonly cpuid: readonly Action[];
}

/** A handler's decisions for one domain. */
export interface HandlerPlan {
  /** What the guest calls its system: `linux`, `hvm`, … */
  readonly ostype: string;
  /** Without the uuid and the vcpus, which core knows. */
  readonly domain: Omit<DomainSpec, 'uuid' | 'maxVcpus'>;
  readonly actions: HandlerActions;
  readonly deviceModel: DeviceModelPlan;
}

/**
 * The contract of an image handler: a pure function from configuration and host facts to decisions.
 *
 * A handler holds no port and no state: the same input gives the same output, the input stays as it was, and no clock,
 * file or environment is looked at.
 */
export interface ImageHandler {
  readonly supports: HandlerSupports;
  /** Memory figures, each explained. Throws a coded error for memory it cannot serve. */
  memory(input: HandlerInput): MemoryMath;
  /** The decisions. Throws a coded error for a configuration it cannot serve. */
  plan(input: HandlerInput): HandlerPlan;
}
