import { HVM_PARAMS, type HvmParam } from '@xen-image/core';
import { whole } from '../units.js';
import type { Machine } from './machine.js';
import { domainOf, refuse } from './refuse.js';
import { isAtLeast } from './settings.js';

/** HVMPTM_one_missed_tick_pending. */
const LAST_TIMER_MODE = 3;
/** XEN_ALTP2M_limited. */
const LAST_ALTP2M = 3;
/** HVMPV_base_freq: without it no other Viridian feature is taken. */
const VIRIDIAN_BASE_FREQ = 1;

/** Parameters that keep their first value (hvm_allow_set_param). */
const ONCE: readonly HvmParam[] = ['viridian', 'altp2m', 'mcaCap'];

/** `HVMOP_set_param` (xen/arch/x86/hvm/hvm.c, hvm_allow_set_param and hvm_set_param). */
export function setHvmParam(machine: Machine, domid: number, param: HvmParam, value: number): void {
  const call = 'xc_hvm_param_set';
  const { domain, index } = find(machine, domid, param, call);
  whole('value', value);
  const invalid = (why: string) => refuse(call, 'EINVAL', { domid, why });
  if (param === 'paeEnabled' && isAtLeast(machine.settings, 4, 16)) {
    throw refuse(call, 'EINVAL', {
      domid,
      why: 'PAE_ENABLED is no longer set by toolstacks: CPUID decides',
      hint: 'Use the profile modern; the profile xend speaks to a hypervisor of 2009, such as a simulated one of version 3.4.',
    });
  }
  const present = domain.params.get(index) ?? 0;
  if (ONCE.includes(param) && present !== 0 && present !== value) {
    throw refuse(call, 'EEXIST', { domid, why: `${param} is ${present} already` });
  }
  if (param === 'timerMode' && value > LAST_TIMER_MODE) throw invalid(`there is no timer mode ${value}`);
  if (param === 'altp2m' && value > LAST_ALTP2M) throw invalid(`there is no altp2m mode ${value}`);
  if (param === 'viridian' && value % 2 !== VIRIDIAN_BASE_FREQ) throw invalid('Viridian lacks its base features');
  domain.params.set(index, value);
}

/** `HVMOP_get_param`; a parameter that was never set is 0. */
export function getHvmParam(machine: Machine, domid: number, param: HvmParam): number {
  const { domain, index } = find(machine, domid, param, 'xc_hvm_param_get');
  return domain.params.get(index) ?? 0;
}

function find(machine: Machine, domid: number, param: HvmParam, call: string) {
  const index: number | undefined = Object.hasOwn(HVM_PARAMS, param) ? HVM_PARAMS[param] : undefined;
  if (index === undefined) throw new TypeError(`there is no HVM parameter ${param}`);
  const domain = domainOf(machine, domid, call);
  if (domain.spec.container !== 'hvm') throw refuse(call, 'EINVAL', { domid, why: 'the domain is no HVM container' });
  return { domain, index };
}
