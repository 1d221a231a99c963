import { XenImageError, type CpuidLeaf, type CpuidMasks, type CpuPolicy } from '@xen-image/core';
import {
  applyCpuPolicy,
  CPUID_REGISTERS,
  readDomainPolicy,
  readSystemPolicy,
  type CpuidLeafValue,
  type CpuidOverride,
} from '../calls/cpu-policy.js';
import type { XcSession } from './session.js';

/** 32 bits as text, bit 31 first. */
function bits(value: number): string {
  return (value >>> 0).toString(2).padStart(32, '0');
}

function override({ leaf, subleaf, masks }: CpuidLeaf): CpuidOverride {
  return { leaf, subleaf, ...masks };
}

function findLeaf(leaves: readonly CpuidLeafValue[], wanted: CpuidLeaf): CpuidLeafValue {
  const found = leaves.find(
    ({ leaf, subleaf }) => leaf === wanted.leaf && (subleaf === null || (wanted.subleaf ?? 0) === subleaf),
  );
  // A leaf that a policy does not have is answered with zeros by CPUID.
  return found ?? { leaf: wanted.leaf, subleaf: wanted.subleaf, eax: 0, ebx: 0, ecx: 0, edx: 0 };
}

/** What a leaf says, for the registers that the masks speak of. */
function answers(leaves: readonly CpuidLeafValue[], wanted: CpuidLeaf): CpuidMasks {
  const value = findLeaf(leaves, wanted);
  const spoken = CPUID_REGISTERS.filter((register) => wanted.masks[register] !== undefined);
  return Object.fromEntries(spoken.map((register) => [register, bits(value[register])]));
}

function refuseDifference(wanted: CpuidLeaf, found: CpuidMasks): void {
  for (const register of CPUID_REGISTERS) {
    const mask = wanted.masks[register];
    const value = found[register];
    if (mask === undefined || value === undefined) continue;
    const at = Array.from(mask).findIndex((bit, index) => (bit === '0' || bit === '1') && bit !== value[index]);
    if (at === -1) continue;
    throw new XenImageError(
      'CPUID_UNAVAILABLE',
      `this host has bit ${String(31 - at)} of ${register} in leaf ${wanted.key} ${value[at] === '1' ? 'set' : 'clear'}`,
      { call: 'xc_cpu_policy_get_system', hint: 'Start the guest on a host whose processor has it otherwise.' },
    );
  }
}

/**
 * `CpuPolicy` over libxenguest. Masks go in with the policy; Xen has no call for a single leaf of a domain any more, so
 * that `set` is refused.
 */
export function cpuPolicyPort(session: XcSession): CpuPolicy {
  return {
    async apply(domid, overrides = []) {
      await applyCpuPolicy(await session.handle(), domid, {
        pae: true,
        invariantTsc: false,
        nestedVirtualisation: false,
        overrides: overrides.map(override),
      });
    },
    set: (domid, leaf) =>
      Promise.reject(
        new XenImageError('CPUID_PER_LEAF', `CPUID leaf ${leaf.key} cannot be set on its own by today's Xen`, {
          call: 'xc_cpuid_set',
          domain: { domid },
          hint: 'Give the masks with the policy, as the modern profile does.',
        }),
      ),
    read: async (domid, leaf) => answers(await readDomainPolicy(await session.handle(), domid), leaf),
    async check(leaf) {
      const xc = await session.handle();
      const found = answers(await readSystemPolicy(xc, 'host'), leaf);
      refuseDifference(leaf, found);
      return found;
    },
  };
}
