import type { XenImageError } from '@xen-image/core/plugin';
import type { Case, CaseCpuid, CaseDeviceModel, CaseFailure, CaseMemory, CaseOutput, CaseStep } from './case.js';
import { differingTexts, same, sameText, type Mismatch } from './equal.js';
import { differingEffects } from './equal-effects.js';
import type { CaseOutcome, KeptMaps, StepOutcome } from './outcome.js';

/**
 * By what a case was judged: by the first step of the original that failed, else as one that succeeded throughout.
 *
 * - `succeeded`: figures, arguments, environment, results, kept CPUID maps and effects are equal, effects in order.
 * - `vm-error`: refused in that step with the original's text, with no effects but the first of the original's.
 * - `hvm-required`: likewise, in words of its own.
 * - `xc-error`: effects equal up to and including the failing call, the error with the call's arguments.
 * - `xeninfo`: the same where the question for capabilities fails, which is no effect: nothing was done.
 * - `python-error`: refused with a coded error, in that step or an earlier one, with nothing done beyond the original.
 */
export const RULES = ['succeeded', 'vm-error', 'hvm-required', 'xc-error', 'xeninfo', 'python-error'] as const;

/** One of {@link RULES}. */
export type Rule = (typeof RULES)[number];

/** A step of a case, by its name in the recording. */
export type StepName = keyof CaseOutput | 'end' | 'input';

/** What is not as it should be. */
export interface Difference extends Mismatch {
  readonly id: string;
  readonly line: number;
  readonly rule: Rule;
  readonly step: StepName;
  readonly why: string;
}

/** How a case came out. */
export interface Verdict {
  readonly rule: Rule;
  readonly difference?: Omit<Difference, 'id' | 'line'>;
}

/** The steps that can fail, in the order in which they ran. */
const FALLIBLE = ['construct', 'createImage', 'setCpuid'] as const;

type Found = Omit<Difference, 'id' | 'line' | 'rule'>;

/** Judges a case. */
export function compareCase({ output }: Case, outcome: CaseOutcome): Verdict {
  const rule = ruleOf(output);
  const found = judge(output, outcome) ?? filesLeft(outcome);
  return found === undefined ? { rule } : { rule, difference: { ...found, rule } };
}

function ruleOf(output: CaseOutput): Rule {
  for (const name of FALLIBLE) {
    const step = output[name];
    if (step?.error !== undefined) return ruleOfFailure(step.error, step);
  }
  return 'succeeded';
}

function ruleOfFailure(failure: CaseFailure, { effects }: CaseStep): Rule {
  if (failure.builtin === true) return 'python-error';
  if (failure.class === 'HVMRequired') return 'hvm-required';
  if (failure.class !== 'xc.Error') return 'vm-error';
  const last = effects.at(-1);
  return last?.kind === 'xc' && last.method === 'xeninfo' ? 'xeninfo' : 'xc-error';
}

/** Each step by its own outcome, until one is refused earlier than the original failed. */
function judge(output: CaseOutput, outcome: CaseOutcome): Found | undefined {
  const construct = judgeStep('construct', output.construct, outcome.construct, output);
  if (construct !== undefined) return construct;
  if (outcome.construct.error !== undefined) return undefined;
  return (
    judgeMemory(output.memory, outcome.memory) ??
    judgeDeviceModel(output.deviceModel, outcome.deviceModel) ??
    judgeImage(output, outcome) ??
    judgeSetCpuid(output, outcome)
  );
}

function judgeStep(step: StepName, expected: CaseStep, actual: StepOutcome, output: CaseOutput): Found | undefined {
  const found = judgeEnd(expected, actual, output);
  return found === undefined ? undefined : { step, ...found };
}

type Bare = Omit<Found, 'step'>;

function judgeEnd({ effects, error }: CaseStep, actual: StepOutcome, output: CaseOutput): Bare | undefined {
  if (error !== undefined) return judgeFailure(error, { effects, error }, actual);
  if (actual.error === undefined) return as('effects', differingEffects(effects, actual.effects, 'all'));
  if (!failsLaterInPython(output) || !isConfigError(actual.error)) {
    return { why: 'the original succeeded', path: 'error', expected: undefined, actual: actual.error.toJSON() };
  }
  return as('effects before an early refusal', differingEffects(effects, actual.effects, 'prefix'));
}

/** Whether the first failure of the original was one of Python's own: such a case may be refused at any time before. */
function failsLaterInPython(output: CaseOutput): boolean {
  return ruleOf(output) === 'python-error';
}

function isConfigError({ code }: XenImageError): boolean {
  return code.startsWith('XEND_CONFIG_');
}

function judgeFailure(expected: CaseFailure, step: CaseStep, actual: StepOutcome): Bare | undefined {
  const { error } = actual;
  if (error === undefined || error.code === 'INTERNAL') {
    return { why: `the original failed with ${expected.class}`, path: 'error', expected, actual: error?.toJSON() };
  }
  const wrong = (): Bare => ({ why: 'another error', path: 'error', expected, actual: error.toJSON() });
  switch (ruleOfFailure(expected, step)) {
    case 'vm-error':
      if (!error.message.includes(expected.message)) return wrong();
      break;
    case 'hvm-required':
      if (error.code !== 'HVM_REQUIRED') return wrong();
      break;
    case 'python-error':
      if (error.code === 'HYPERVISOR_CALL_FAILED') return wrong();
      break;
    case 'xeninfo':
      if (!isScripted(error, expected, 'xeninfo')) return wrong();
      return as('effects of a question', differingEffects(step.effects, actual.effects, 'none'));
    default: {
      const last = step.effects.at(-1);
      if (!isScripted(error, expected, last?.kind === 'xc' ? last.method : '')) return wrong();
      return as('effects', differingEffects(step.effects, actual.effects, 'all'));
    }
  }
  return as('effects before the refusal', differingEffects(step.effects, actual.effects, 'prefix'));
}

/** Whether an error is the one that the case scripts for this call. */
function isScripted(error: XenImageError, expected: CaseFailure, method: string): boolean {
  return error.code === 'HYPERVISOR_CALL_FAILED' && error.call === method && same(expected.args, error.data?.['args']);
}

function as(why: string, mismatch: Mismatch | undefined): Bare | undefined {
  return mismatch === undefined ? undefined : { why, ...mismatch };
}

const FIGURES = [
  'requiredInitialReservationKib',
  'requiredMaximumReservationKib',
  'requiredAvailableKib',
  'requiredShadowKib',
] as const;

function judgeMemory(expected: CaseMemory | undefined, actual: CaseMemory | undefined): Found | undefined {
  if (expected === undefined || actual === undefined) return absent('memory', expected, actual);
  for (const path of FIGURES) {
    if (!same(expected[path], actual[path])) {
      return { step: 'memory', why: 'a figure', path, expected: expected[path], actual: actual[path] };
    }
  }
  return undefined;
}

function judgeDeviceModel(
  expected: CaseDeviceModel | undefined,
  actual: CaseDeviceModel | undefined,
): Found | undefined {
  if (expected === undefined || actual === undefined) return absent('deviceModel', expected, actual);
  const mismatch =
    differingTexts(expected.argvCreate, actual.argvCreate, 'argvCreate') ??
    differingTexts(expected.argvRestore, actual.argvRestore, 'argvRestore') ??
    differing('spawns', expected.spawns, actual.spawns) ??
    differingEnvironment(expected.env, actual.env);
  return mismatch === undefined ? undefined : { step: 'deviceModel', why: 'an argument', ...mismatch };
}

type Environment = CaseDeviceModel['env'];

/** Variables hold texts, as arguments do. */
function differingEnvironment(expected: Environment, actual: Environment): Mismatch | undefined {
  if (expected === null || actual === null) return differing('env', expected, actual);
  const names = Object.keys(expected);
  const alike =
    names.length === Object.keys(actual).length && names.every((name) => sameText(expected[name], actual[name]));
  return alike ? undefined : { path: 'env', expected, actual };
}

function differing(path: string, expected: unknown, actual: unknown): Mismatch | undefined {
  return expected === actual || same(expected, actual) ? undefined : { path, expected, actual };
}

function absent(step: StepName, expected: unknown, actual: unknown): Found | undefined {
  return expected === actual ? undefined : { step, why: 'one side came no further', path: '', expected, actual };
}

function judgeImage(output: CaseOutput, outcome: CaseOutcome): Found | undefined {
  const { createImage: expected, cleanupBootloading: removal } = output;
  const { createImage: actual } = outcome;
  if (expected === undefined || actual === undefined) return absent('createImage', expected, actual);
  const image =
    judgeStep('createImage', expected, actual, output) ??
    (expected.error === undefined && actual.error === undefined
      ? (judgeResult(expected.result, actual.result) ?? judgeMaps('createImage', expected, actual))
      : undefined);
  if (image !== undefined) return image;
  return removal === undefined
    ? undefined
    : judgeStep('cleanupBootloading', removal, outcome.cleanupBootloading, output);
}

function judgeResult(expected: unknown, actual: unknown): Found | undefined {
  const mismatch = differing('result', expected, actual);
  return mismatch === undefined ? undefined : { step: 'createImage', why: 'the result', ...mismatch };
}

function judgeMaps(step: StepName, expected: CaseCpuid, actual: KeptMaps): Found | undefined {
  const mismatch =
    differing('cpuid', expected.cpuid, actual.cpuid) ?? differing('cpuidCheck', expected.cpuidCheck, actual.cpuidCheck);
  return mismatch === undefined ? undefined : { step, why: 'a kept CPUID map', ...mismatch };
}

/** The restored guest; not looked at where the image was refused before the original failed in making it. */
function judgeSetCpuid(output: CaseOutput, outcome: CaseOutcome): Found | undefined {
  const { setCpuid: expected, createImage } = output;
  const { setCpuid: actual } = outcome;
  if (createImage?.error === undefined && outcome.createImage?.error !== undefined) return undefined;
  if (expected === undefined || actual === undefined) return absent('setCpuid', expected, actual);
  return (
    judgeStep('setCpuid', expected, actual, output) ??
    (expected.error === undefined && actual.error === undefined ? judgeMaps('setCpuid', expected, actual) : undefined)
  );
}

function filesLeft({ filesLeft: left }: CaseOutcome): Found | undefined {
  if (left.length === 0) return undefined;
  return { step: 'end', why: "a bootloader's files are still there", path: '', expected: [], actual: left };
}
