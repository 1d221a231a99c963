import { readNumber, writeField } from '../abi/struct.js';
import { countWithin } from '../library/bad-answer.js';
import { errorLines, xcError } from '../library/errors.js';
import type { XcHandle } from '../library/handle.js';

/** The registers of a leaf, in the order in which the structs have them. */
export const CPUID_REGISTERS = ['eax', 'ebx', 'ecx', 'edx'] as const;

/** What CPUID answers for a leaf. */
export interface CpuidLeafValue {
  readonly leaf: number;
  /** `null` for a leaf without sub-leaves. */
  readonly subleaf: number | null;
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/** Masks for the registers of a leaf, in xend's spelling: 32 characters of `1 0 x k s`, bit 31 first. */
export interface CpuidOverride {
  readonly leaf: number;
  /** `null` for a leaf without sub-leaves. */
  readonly subleaf: number | null;
  readonly eax?: string;
  readonly ebx?: string;
  readonly ecx?: string;
  readonly edx?: string;
}

/** What a domain is given besides the default policy of its kind. */
export interface ApplyCpuPolicy {
  /** HVM alone: whether the guest may see PAE. */
  readonly pae: boolean;
  /** Whether the time stamp counter is told to be invariant. */
  readonly invariantTsc: boolean;
  /** HVM alone: whether the guest may see VMX or SVM. */
  readonly nestedVirtualisation: boolean;
  /** Over all that, one leaf after the other. */
  readonly overrides: readonly CpuidOverride[];
}

const MASK_BYTES = 33;
/** Xen serialises less than two hundred (CPUID_MAX_SERIALISED_LEAVES). */
const MOST_LEAVES = 4096;

/**
 * Gives a domain the default CPUID policy of its kind, changed as asked: `xc_cpuid_apply_policy`. Once, before the domain
 * first runs.
 */
export async function applyCpuPolicy(xc: XcHandle, domid: number, policy: ApplyCpuPolicy): Promise<void> {
  const encoded = policy.overrides.length === 0 ? undefined : encodeOverrides(xc, policy.overrides);
  const { pae, invariantTsc, nestedVirtualisation } = policy;
  await xc.require(
    'xc_cpuid_apply_policy',
    { domid },
    ...([xc.pointer, domid, false, null, 0, pae, invariantTsc, nestedVirtualisation] as const),
    ...([encoded?.list ?? null, null] as const),
  );
  encoded?.release();
}

/** An array of `struct xc_xend_cpuid`, ended by an unused leaf. The masks it points to live until `release`. */
function encodeOverrides(xc: XcHandle, overrides: readonly CpuidOverride[]): { list: Buffer; release(): void } {
  const { constants, structs } = xc.abi;
  const layout = structs.xendCpuid;
  const masks = Buffer.alloc(overrides.length * CPUID_REGISTERS.length * MASK_BYTES);
  const masksAt = xc.foreign.memory.addressOf(masks);
  const list = Buffer.alloc((overrides.length + 1) * layout.size);
  overrides.forEach((override, index) => {
    const base = index * layout.size;
    writeField(layout, list, 'leaf', override.leaf, base);
    writeField(layout, list, 'subleaf', override.subleaf ?? constants.cpuidNoSubleaf, base);
    const pointers = Buffer.alloc(CPUID_REGISTERS.length * 8);
    CPUID_REGISTERS.forEach((register, position) => {
      const mask = override[register];
      if (mask === undefined) return;
      if (!/^[01xks]{32}$/.test(mask)) {
        throw new TypeError(`a CPUID mask is 32 characters of 1 0 x k s, not '${mask}' (${register})`);
      }
      const at = (index * CPUID_REGISTERS.length + position) * MASK_BYTES;
      masks.write(mask, at, 'latin1');
      pointers.writeBigUInt64LE(masksAt + BigInt(at), position * 8);
    });
    writeField(layout, list, 'policy', pointers, base);
  });
  writeField(layout, list, 'leaf', constants.cpuidUnused, overrides.length * layout.size);
  return {
    list,
    release() {
      masks.fill(0);
    },
  };
}

/** A policy that the hypervisor keeps: what the hardware has, or what a kind of guest can have at most or has by default. */
export type SystemPolicy = 'host' | 'pvMax' | 'hvmMax' | 'pvDefault' | 'hvmDefault';

/** What CPUID tells a domain, leaf by leaf. */
export function readDomainPolicy(xc: XcHandle, domid: number): Promise<CpuidLeafValue[]> {
  return readPolicy(xc, (policy) =>
    xc.require('xc_cpu_policy_get_domain', { domid }, xc.pointer, domid, policy).then(() => undefined),
  );
}

/** One of the hypervisor's own policies, leaf by leaf. */
export function readSystemPolicy(xc: XcHandle, which: SystemPolicy): Promise<CpuidLeafValue[]> {
  const { constants } = xc.abi;
  const index = {
    host: constants.policyHost,
    pvMax: constants.policyPvMax,
    hvmMax: constants.policyHvmMax,
    pvDefault: constants.policyPvDefault,
    hvmDefault: constants.policyHvmDefault,
  }[which];
  return readPolicy(xc, (policy) =>
    xc.require('xc_cpu_policy_get_system', undefined, xc.pointer, index, policy).then(() => undefined),
  );
}

async function readPolicy(xc: XcHandle, fill: (policy: bigint) => Promise<void>): Promise<CpuidLeafValue[]> {
  const [leafCount, msrCount] = [Buffer.alloc(4), Buffer.alloc(4)];
  await xc.require('xc_cpu_policy_get_size', undefined, xc.pointer, leafCount, msrCount);
  const made = await xc.invoke('xc_cpu_policy_init');
  if (made.result === 0n) {
    throw xcError({ call: 'xc_cpu_policy_init', result: -1, errno: made.errno, said: errorLines(made.lines) });
  }
  try {
    await fill(made.result);
    const layout = xc.abi.structs.cpuidLeaf;
    const room = countWithin('xc_cpu_policy_get_size', leafCount.readUInt32LE(), MOST_LEAVES);
    const leaves = Buffer.alloc(layout.size * room);
    const noMsrs = Buffer.alloc(4);
    await xc.require(
      'xc_cpu_policy_serialise',
      undefined,
      ...([xc.pointer, made.result, leaves, leafCount, null, noMsrs] as const),
    );
    const count = countWithin('xc_cpu_policy_serialise', leafCount.readUInt32LE(), room);
    return Array.from({ length: count }, (_, index) => decodeLeaf(xc, leaves, index * layout.size));
  } finally {
    await xc.invoke('xc_cpu_policy_destroy', made.result);
  }
}

function decodeLeaf(xc: XcHandle, leaves: Buffer, base: number): CpuidLeafValue {
  const layout = xc.abi.structs.cpuidLeaf;
  const number = (field: keyof typeof layout.fields): number => readNumber(layout, leaves, field, base);
  const subleaf = number('subleaf');
  return {
    leaf: number('leaf'),
    subleaf: subleaf === xc.abi.constants.cpuidNoSubleaf ? null : subleaf,
    eax: number('a'),
    ebx: number('b'),
    ecx: number('c'),
    edx: number('d'),
  };
}
