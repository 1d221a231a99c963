import type { Action } from '../contract/actions.js';
import type { DomainConfig } from '../config/domain-config.js';
import type { Policy } from '../contract/policy.js';
import type { CpuidLeaf, CpuidRegister } from '../contract/ports/cpu-policy.js';

const UNTOUCHED = 'x'.repeat(32);

/**
 * CPUID actions: the default policy, then the configured masks, then the comparisons with what the host can give.
 *
 * Masks go in with the policy, or leaf by leaf after it, as the policy of the profile has it.
 */
export function cpuidActions(
  config: DomainConfig,
  policy: Policy,
  set: readonly CpuidLeaf[] = config.cpuid.set,
): readonly Action[] {
  const section = 'cpuid';
  const withPolicy = policy.cpuid.masks === 'with-policy';
  const actions: Action[] = [{ kind: 'apply-cpu-policy', section, overrides: withPolicy ? set : [] }];
  if (!withPolicy) for (const leaf of set) actions.push({ kind: 'set-cpuid', section, leaf });
  for (const leaf of config.cpuid.check) actions.push({ kind: 'check-cpuid', section, leaf });
  return actions;
}

/** Where in CPUID a feature stands. */
export interface CpuidFeature {
  readonly leaf: number;
  readonly register: CpuidRegister;
  /** 0 to 31. */
  readonly bit: number;
}

/** Physical address extension. */
export const CPUID_PAE: CpuidFeature = { leaf: 1, register: 'edx', bit: 6 };

/**
 * Masks with a feature switched off. What the configuration itself says of the bit stays; a leaf that it has is
 * added to, since a second mask for the same leaf would take the first one's bits back.
 */
export function withoutFeature(set: readonly CpuidLeaf[], feature: CpuidFeature): readonly CpuidLeaf[] {
  const { leaf, register, bit } = feature;
  const index = set.findIndex((candidate) => candidate.leaf === leaf && (candidate.subleaf ?? 0) === 0);
  const present = set[index];
  const mask = present?.masks[register] ?? UNTOUCHED;
  const position = 31 - bit;
  if (mask[position] !== 'x') return set;
  const cleared = `${mask.slice(0, position)}0${mask.slice(position + 1)}`;
  if (present === undefined)
    return [{ key: String(leaf), leaf, subleaf: null, masks: { [register]: cleared } }, ...set];
  return set.with(index, { ...present, masks: { ...present.masks, [register]: cleared } });
}
