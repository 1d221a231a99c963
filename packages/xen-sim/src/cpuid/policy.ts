import type { CpuidLeaf, CpuidMasks, CpuidRegister } from '@xen-image/core';
import type { Domain } from '../hypervisor/domain.js';
import { refuse } from '../hypervisor/refuse.js';
import { applyMask, bitsOf, type MaskInput } from './mask.js';
import {
  leafKey,
  mapRegisters,
  REGISTERS,
  registers,
  type CpuModel,
  type LeafRegisters,
  type Leaves,
} from './model.js';

type Container = 'pv' | 'hvm';

/** What a guest of a container is told of a leaf where nothing was asked for. */
function defaultLeaf(model: CpuModel, container: Container, key: string): LeafRegisters | undefined {
  const host = get(model.host, key);
  if (host === undefined) return undefined;
  const most = atMost(model, container, key, host);
  const hidden = get(model.hidden, key);
  return hidden === undefined ? most : mapRegisters(most, hidden, (bits, hide) => bits & ~hide);
}

/** Registers without the bits that the host or the container cannot have. Leaves without features pass. */
function atMost(model: CpuModel, container: Container, key: string, wanted: LeafRegisters): LeafRegisters {
  const most = get(model.most[container], key);
  const host = get(model.host, key);
  if (most === undefined || host === undefined) return wanted;
  return mapRegisters(wanted, mapRegisters(most, host, and), and);
}

/** A leaf of a domain's policy; `undefined` where the processor has no such leaf. */
export function domainLeaf(model: CpuModel, domain: Domain, key: string): LeafRegisters | undefined {
  return domain.cpuid.get(key) ?? defaultLeaf(model, domain.spec.container, key);
}

/**
 * Sets the masks of a leaf over a domain's policy (libxenguest's xc_cpuid_xend_policy): `1`, `0`, `x` the default,
 * `k` and `s` the host's. Bits that the container cannot have are cleared without a word, as the hypervisor does.
 *
 * @throws XenImageError with errno `EINVAL` for a leaf that is not there or a mask that is none
 */
export function setLeaf(model: CpuModel, domain: Domain, leaf: CpuidLeaf, call: string): void {
  const keys = keysOf(model, leaf);
  const { domid, spec } = domain;
  if (keys.length === 0) throw refuse(call, 'EINVAL', { domid, why: `there is no CPUID leaf ${leaf.key}` });
  for (const key of keys) {
    const current = domainLeaf(model, domain, key) ?? registers(0, 0, 0, 0);
    const fallback = defaultLeaf(model, spec.container, key) ?? current;
    const host = get(model.host, key) ?? current;
    const wanted: Record<CpuidRegister, number> = { ...current };
    for (const [register, mask] of masksOf(leaf.masks)) {
      const input: MaskInput = { default: fallback[register], host: host[register] };
      const value = applyMask(mask, input);
      if (value === undefined) {
        throw refuse(call, 'EINVAL', { domid, why: `the mask of ${register} in CPUID leaf ${leaf.key} is ${mask}` });
      }
      wanted[register] = value;
    }
    domain.cpuid.set(key, atMost(model, spec.container, key, wanted));
  }
}

/** What a domain's policy says of a leaf, for the registers that masks are given for, or for all. */
export function readLeaf(model: CpuModel, domain: Domain, leaf: CpuidLeaf, call: string): CpuidMasks {
  const [key] = keysOf(model, leaf);
  const value = key === undefined ? undefined : domainLeaf(model, domain, key);
  if (value === undefined) {
    throw refuse(call, 'EINVAL', { domid: domain.domid, why: `there is no CPUID leaf ${leaf.key}` });
  }
  return answer(leaf.masks, value);
}

/**
 * Compares masks with what the processor says (libxc's xc_cpuid_check, up to Xen 4.12).
 *
 * @throws XenImageError with errno `EINVAL` where a `1` or a `0` is not so
 */
export function checkLeaf(model: CpuModel, leaf: CpuidLeaf): CpuidMasks {
  const call = 'xc_cpuid_check';
  const [key] = keysOf(model, leaf);
  const host = key === undefined ? undefined : get(model.host, key);
  if (host === undefined) throw refuse(call, 'EINVAL', { why: `there is no CPUID leaf ${leaf.key}` });
  for (const [register, mask] of masksOf(leaf.masks)) {
    const has = bitsOf(host[register]);
    for (let at = 0; at < has.length; at += 1) {
      const want = mask[at];
      if ((want === '0' || want === '1') && want !== has[at]) {
        const bit = 31 - at;
        throw refuse(call, 'EINVAL', {
          why: `bit ${bit} of ${register} in CPUID leaf ${leaf.key} is ${has[at] ?? ''} on this host, not ${want}`,
          data: { leaf: leaf.key, register, bit },
        });
      }
    }
  }
  return answer(leaf.masks, host);
}

function answer(masks: CpuidMasks, value: LeafRegisters): CpuidMasks {
  const asked = masksOf(masks).map(([register]) => register);
  const told = asked.length === 0 ? REGISTERS : asked;
  return Object.fromEntries(told.map((register) => [register, bitsOf(value[register])]));
}

function masksOf(masks: CpuidMasks): (readonly [CpuidRegister, string])[] {
  return REGISTERS.flatMap((register) => {
    const mask = masks[register];
    return mask === undefined ? [] : [[register, mask] as const];
  });
}

/** The leaves that are meant: the one, or all sub-leaves where none is named. */
function keysOf(model: CpuModel, { leaf, subleaf }: CpuidLeaf): string[] {
  const key = leafKey(leaf, subleaf);
  if (get(model.host, key) !== undefined) return [key];
  if (subleaf !== null) return subleaf === 0 && get(model.host, String(leaf)) !== undefined ? [String(leaf)] : [];
  return Object.keys(model.host).filter((present) => present.startsWith(`${leaf},`));
}

function get(leaves: Leaves, key: string): LeafRegisters | undefined {
  return Object.hasOwn(leaves, key) ? leaves[key] : undefined;
}

function and(value: number, other: number): number {
  return value & other;
}
