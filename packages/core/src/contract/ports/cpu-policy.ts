/** A register of a CPUID leaf. */
export type CpuidRegister = 'eax' | 'ebx' | 'ecx' | 'edx';

/**
 * Register masks of a leaf: 32 characters each, from bit 31 to bit 0, of `1` (set), `0` (clear), `x` (the default
 * policy's), `k` (the host's) and `s` (the host's, and kept over migration), as in xl.cfg(5).
 */
export type CpuidMasks = Readonly<Partial<Record<CpuidRegister, string>>>;

/** Masks for one leaf. */
export interface CpuidLeaf {
  /** How the configuration spells the leaf: `leaf` or `leaf,subleaf`. Answers are kept under it. */
  readonly key: string;
  readonly leaf: number;
  /** `null` where the leaf has no sub-leaves or all are meant. */
  readonly subleaf: number | null;
  readonly masks: CpuidMasks;
}

/** What the CPUID instruction tells a guest. Rejections as in {@link Domains}. */
export interface CpuPolicy {
  /** Gives a domain the default policy, with these masks over it where there are any. */
  apply(domid: number, overrides?: readonly CpuidLeaf[]): Promise<void>;
  /** Sets the masks of a leaf after {@link CpuPolicy.apply} and answers what the leaf now says, in `0` and `1`. */
  set(domid: number, leaf: CpuidLeaf): Promise<CpuidMasks>;
  /** What the domain's policy says of a leaf, in `0` and `1`. */
  read(domid: number, leaf: CpuidLeaf): Promise<CpuidMasks>;
  /** Compares masks with what this host can give, answers what it gives; fails where a `1` or `0` cannot be had. */
  check(leaf: CpuidLeaf): Promise<CpuidMasks>;
}
