import type { ImagePlan } from '@xen-image/core';
import { isRef, type Action } from '@xen-image/core/plugin';
import type { PortCall } from '@xen-image/xen-sim';
import { creation } from './plan-parts.js';

/** A call by its name and those of its arguments that the plan says. */
export interface ExpectedCall {
  readonly call: string;
  readonly args: readonly unknown[];
}

/** Calls that only the actions of handlers make; the lifecycle around them makes others. */
const OF_ACTIONS =
  /^(?:Domains\.set(?:TimeOffset|TscMode)|Memory\.setMemmapLimit|HvmParams\..*|CpuPolicy\..*|DomainBuilder\..*|Ia64\..*)$/;

function expectedOf(action: Action): ExpectedCall[] {
  switch (action.kind) {
    case 'set-time-offset':
      return [{ call: 'Domains.setTimeOffset', args: [action.offsetSeconds] }];
    case 'set-tsc-mode':
      return [{ call: 'Domains.setTscMode', args: [action.mode] }];
    case 'set-memmap-limit':
      return [{ call: 'Memory.setMemmapLimit', args: [action.limitKib] }];
    case 'set-hvm-param':
      return [{ call: 'HvmParams.set', args: isRef(action.value) ? [action.param] : [action.param, action.value] }];
    case 'get-hvm-param':
      return [{ call: 'HvmParams.get', args: [action.param] }];
    case 'apply-cpu-policy':
      return [{ call: 'CpuPolicy.apply', args: action.overrides.length === 0 ? [] : [action.overrides] }];
    case 'set-cpuid':
      return [{ call: 'CpuPolicy.set', args: [action.leaf] }];
    case 'read-cpuid':
      return [{ call: 'CpuPolicy.read', args: [action.leaf] }];
    case 'build':
      return [{ call: 'DomainBuilder.build', args: [] }];
    default:
      return [];
  }
}

/** The calls that a plan's actions are to make, in order. */
export function expectedCalls(plan: ImagePlan): readonly ExpectedCall[] {
  return creation(plan).flatMap(({ action }) => expectedOf(action));
}

/** Those of the recorded calls that a handler's actions make, in the same form: without the domid. */
export function madeCalls(calls: readonly PortCall[]): readonly ExpectedCall[] {
  return calls.filter(({ call }) => OF_ACTIONS.test(call)).map(({ call, args }) => ({ call, args: args.slice(1) }));
}
