import {
  CPU_POLICY,
  DOMAIN_BUILDER,
  DOMAINS,
  EVENT_CHANNELS,
  HOST,
  HVM_PARAMS_PORT,
  isXenImageError,
  MEMORY,
  Operation,
  Toolstack,
  type Token,
} from '@xen-image/core';
import type { Simulator } from '@xen-image/xen-sim';
import { hypervisorPlugin } from './host.js';
import type { Methods, Reply } from './letters.js';

/** Ports of the hypervisor by their names in calls. */
export const HYPERVISOR_TOKENS: Readonly<Record<string, Token<object>>> = {
  Domains: DOMAINS,
  Memory: MEMORY,
  EventChannels: EVENT_CHANNELS,
  HvmParams: HVM_PARAMS_PORT,
  CpuPolicy: CPU_POLICY,
  DomainBuilder: DOMAIN_BUILDER,
  Host: HOST,
};

type Method = (...args: readonly unknown[]) => unknown;

/** Carries calls out that another process makes. */
export interface CalledHypervisor {
  readonly methods: Methods;
  /** The answer, or the error, as it is told to that process. */
  call(id: number, call: string, args: readonly unknown[]): Promise<Reply>;
}

/** The ports of a simulated hypervisor, for calls by name. */
export function calledHypervisor(simulator: Simulator): CalledHypervisor {
  const operation = new Operation(new Toolstack({ plugins: [hypervisorPlugin(simulator)] }).registry);
  const ports = Object.entries(HYPERVISOR_TOKENS).map(([name, token]) => [name, operation.get(token)] as const);
  const table = new Map(ports.map(([name, port]) => [name, port as Readonly<Record<string, Method>>]));
  return {
    methods: Object.fromEntries(ports.map(([name, port]) => [name, Object.keys(port)])),
    async call(id, call, args) {
      const [port = '', method = ''] = call.split('.');
      try {
        return { id, answer: await table.get(port)?.[method]?.(...args) };
      } catch (error) {
        if (!isXenImageError(error)) throw error;
        const { code, message, errno } = error;
        return { id, error: { code, message, errno } };
      }
    },
  };
}
