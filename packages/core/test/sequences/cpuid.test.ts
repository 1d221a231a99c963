import { describe, expect, it } from '@jest/globals';
import { CPUID_PAE, cpuidActions, withoutFeature, type CpuidLeaf } from '../../src/plugin.js';
import { pvGuest } from '../support/guest.js';
import { IN_2009, TODAY } from '../support/policies.js';

const X = 'x';
const set: CpuidLeaf = { key: '1', leaf: 1, subleaf: null, masks: { ecx: X.repeat(31) + '0' } };
const subleaf: CpuidLeaf = { key: '4,0', leaf: 4, subleaf: 0, masks: { eax: '1'.repeat(32) } };
const check: CpuidLeaf = { key: '0', leaf: 0, subleaf: null, masks: { eax: X.repeat(32) } };

describe('CPUID actions', () => {
  const config = pvGuest({ cpuid: { set: [set, subleaf], check: [check] } });

  it('give the policy with its masks, then compare', () => {
    expect(cpuidActions(config, TODAY)).toEqual([
      { kind: 'apply-cpu-policy', section: 'cpuid', overrides: [set, subleaf] },
      { kind: 'check-cpuid', section: 'cpuid', leaf: check },
    ]);
  });

  it('give the policy, then leaf by leaf, then compare', () => {
    expect(cpuidActions(config, IN_2009)).toEqual([
      { kind: 'apply-cpu-policy', section: 'cpuid', overrides: [] },
      { kind: 'set-cpuid', section: 'cpuid', leaf: set },
      { kind: 'set-cpuid', section: 'cpuid', leaf: subleaf },
      { kind: 'check-cpuid', section: 'cpuid', leaf: check },
    ]);
  });

  it('give every guest the policy', () => {
    expect(cpuidActions(pvGuest(), IN_2009)).toEqual([{ kind: 'apply-cpu-policy', section: 'cpuid', overrides: [] }]);
  });
});

describe('a feature switched off', () => {
  // PAE is bit 6 of edx of leaf 1: the 26th character.
  const noPae = X.repeat(25) + '0' + X.repeat(6);

  it('gets a leaf of its own where there is none', () => {
    expect(withoutFeature([subleaf], CPUID_PAE)).toEqual([
      { key: '1', leaf: 1, subleaf: null, masks: { edx: noPae } },
      subleaf,
    ]);
  });

  it('joins a leaf that is configured', () => {
    expect(withoutFeature([subleaf, set], CPUID_PAE)).toEqual([
      subleaf,
      { ...set, masks: { ecx: X.repeat(31) + '0', edx: noPae } },
    ]);
  });

  it('joins a register that is configured', () => {
    const edx = '1' + X.repeat(31);
    expect(withoutFeature([{ ...set, masks: { edx } }], CPUID_PAE)[0]?.masks).toEqual({
      edx: '1' + X.repeat(24) + '0' + X.repeat(6),
    });
  });

  it('leaves a bit that is configured as it is', () => {
    const edx = X.repeat(25) + '1' + X.repeat(6);
    const configured = [{ ...set, masks: { edx } }];
    expect(withoutFeature(configured, CPUID_PAE)).toBe(configured);
  });

  it('is not looked for in another subleaf', () => {
    const other = { ...set, key: '1,3', subleaf: 3 };
    expect(withoutFeature([other], CPUID_PAE)).toHaveLength(2);
  });
});
