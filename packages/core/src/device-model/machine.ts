import type { DomainConfig } from '../config/domain-config.js';
import type { MachineArg, MemoryArg } from '../contract/device-model.js';
import type { HandlerInput } from '../contract/handler.js';
import { wholeMib } from '../sequences/figures.js';

/** The machine of an HVM guest. */
export function hvmMachine({ platform }: DomainConfig): MachineArg {
  const { platformPci, mmioHoleMib } = platform;
  const machine = { arg: 'machine', machine: 'fv', platformPci } as const;
  return mmioHoleMib === null ? machine : { ...machine, mmioHoleMib };
}

/** Section `memory`: the guest's memory, where the policy has device models told of it. */
export function memorySize({ policy }: HandlerInput, memoryKib: number): readonly MemoryArg[] {
  return policy.deviceModel.memorySize ? [{ arg: 'memory', sizeMib: wholeMib(memoryKib) }] : [];
}
