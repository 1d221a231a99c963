import type { CpuidLeaf, CpuidMasks } from '@xen-image/core';
import type { Domain } from '../hypervisor/domain.js';
import type { Machine } from '../hypervisor/machine.js';
import { domainOf, guestOf, refuse } from '../hypervisor/refuse.js';
import { checkLeaf, readLeaf, setLeaf } from './policy.js';

const APPLY = 'xc_cpuid_apply_policy';

/** `xc_cpuid_apply_policy`: the default policy, masks over it. Not any more once the domain has run. */
export function applyPolicy(machine: Machine, domid: number, overrides: readonly CpuidLeaf[] = []): void {
  const domain = changeable(machine, domid, APPLY);
  const before = new Map(domain.cpuid);
  domain.cpuid.clear();
  try {
    for (const leaf of overrides) setLeaf(machine.settings.cpu, domain, leaf, APPLY);
  } catch (error) {
    domain.cpuid.clear();
    for (const [key, value] of before) domain.cpuid.set(key, value);
    throw error;
  }
}

/** Masks of one leaf after the policy was applied. */
export function setCpuid(machine: Machine, domid: number, leaf: CpuidLeaf): CpuidMasks {
  const domain = changeable(machine, domid, 'xc_cpuid_set');
  setLeaf(machine.settings.cpu, domain, leaf, 'xc_cpuid_set');
  return readLeaf(machine.settings.cpu, domain, leaf, 'xc_cpuid_set');
}

/** What the domain's policy says of a leaf. */
export function readCpuid(machine: Machine, domid: number, leaf: CpuidLeaf): CpuidMasks {
  const call = 'xc_cpu_policy_get_domain';
  return readLeaf(machine.settings.cpu, domainOf(machine, domid, call), leaf, call);
}

/** Compares masks with this host. */
export function checkCpuid(machine: Machine, leaf: CpuidLeaf): CpuidMasks {
  return checkLeaf(machine.settings.cpu, leaf);
}

function changeable(machine: Machine, domid: number, call: string): Domain {
  const domain = guestOf(machine, domid, call);
  if (!domain.creationFinished) return domain;
  throw refuse(call, 'EEXIST', { domid, why: 'the domain has run: its CPUID policy is settled' });
}
