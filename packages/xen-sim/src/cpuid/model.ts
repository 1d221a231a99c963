import type { CpuidRegister } from '@xen-image/core';

/** The registers that the CPUID instruction answers. */
export type LeafRegisters = Readonly<Record<CpuidRegister, number>>;

/** Registers in the order of the instruction. */
export const REGISTERS: readonly CpuidRegister[] = ['eax', 'ebx', 'ecx', 'edx'];

/** Leaves by `leaf` or `leaf,subleaf`, in decimal. */
export type Leaves = Readonly<Record<string, LeafRegisters>>;

/** What CPUID says on a simulated machine, to whom. */
export interface CpuModel {
  /** What the processor itself says. */
  readonly host: Leaves;
  /** Bits that a guest of each container can have at most, by leaf; a leaf not named is handed on as it is. */
  readonly most: { readonly pv: Leaves; readonly hvm: Leaves };
  /** Bits of those that a guest does not get unless it is asked for. */
  readonly hidden: Leaves;
}

/** The name of a leaf in {@link Leaves}. */
export function leafKey(leaf: number, subleaf: number | null): string {
  return subleaf === null ? String(leaf) : `${leaf},${subleaf}`;
}

/** Registers from four numbers. */
export function registers(eax: number, ebx: number, ecx: number, edx: number): LeafRegisters {
  return { eax: eax >>> 0, ebx: ebx >>> 0, ecx: ecx >>> 0, edx: edx >>> 0 };
}

/** Registers combined one by one. */
export function mapRegisters(
  value: LeafRegisters,
  other: LeafRegisters,
  combine: (value: number, other: number) => number,
): LeafRegisters {
  const [eax, ebx, ecx, edx] = REGISTERS.map((register) => combine(value[register], other[register]) >>> 0);
  return { eax: eax ?? 0, ebx: ebx ?? 0, ecx: ecx ?? 0, edx: edx ?? 0 };
}
