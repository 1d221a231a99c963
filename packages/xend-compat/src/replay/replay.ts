import { isDeepStrictEqual } from 'node:util';
import { Registry, type Plugin } from '@xen-image/core';
import { xendProfile, xendProfilePlugin } from '../profile/plugin.js';
import type { Case } from './case.js';
import { compareCase, RULES, type Difference, type Rule, type Verdict } from './compare.js';
import type { CaseOutcome } from './outcome.js';
import { recordingDriver, type Desk } from './ports.js';
import { readCases, type NumberedCase } from './read-cases.js';
import type { Recorder } from './recorder.js';
import { coded, runCase, type Bench } from './run-case.js';

/** How to replay. */
export interface ReplayOptions {
  /** The handlers to be judged, and the device-model dialect that the `xend` profile speaks. */
  readonly plugins: readonly Plugin[];
  /** The name of the file, for messages. */
  readonly file?: string;
  /** How many differences are kept; all where not given. */
  readonly maxDifferences?: number;
  /** Called after each case. */
  readonly onCase?: (id: string, passed: boolean) => void;
}

/** How a replay came out. */
export interface ReplaySummary {
  readonly passed: number;
  readonly failed: number;
  /** How many cases passed by each rule. */
  readonly byRule: Readonly<Record<Rule, number>>;
  /** Cases with files of a bootloader, all of which were gone at the end of those that passed. */
  readonly withBootloaderFiles: number;
  /** The first differences, one for each failed case. */
  readonly differences: readonly Difference[];
}

/**
 * Replays recorded cases of xend's image handlers under the `xend` profile: each is parsed, read, resolved, planned,
 * executed on recording ports, and compared.
 *
 * @param text - JSON lines, a case each
 * @throws XenImageError `REPLAY_CASE_INVALID` for a line that is no case, and what the plugins' registration throws
 */
export async function replayCases(text: string, options: ReplayOptions): Promise<ReplaySummary> {
  const bench = benchFor(options.plugins);
  const byRule = Object.fromEntries(RULES.map((rule) => [rule, 0])) as Record<Rule, number>;
  const differences: Difference[] = [];
  const { maxDifferences = Infinity } = options;
  let passed = 0;
  let failed = 0;
  let withBootloaderFiles = 0;
  for (const numbered of readCases(text, options.file)) {
    const { line, recorded } = numbered;
    const { rule, difference } = await judge(numbered, bench);
    if (recorded.input.vmConfig['_temp_using_bootloader'] !== undefined) withBootloaderFiles++;
    if (difference === undefined) {
      passed++;
      byRule[rule]++;
    } else {
      failed++;
      if (differences.length < maxDifferences) differences.push({ id: recorded.id, line, ...difference });
    }
    options.onCase?.(recorded.id, difference === undefined);
  }
  return { passed, failed, byRule, withBootloaderFiles, differences };
}

function benchFor(plugins: readonly Plugin[]): Bench {
  const registry = new Registry();
  const desk: Desk = { recorder: undefined as unknown as Recorder };
  registry.use(xendProfilePlugin);
  for (const plugin of plugins) registry.use(plugin);
  registry.use(recordingDriver(desk));
  return { registry, profile: xendProfile, desk };
}

/** Runs and compares a case; its dictionary must be the same afterwards. */
async function judge({ recorded, content }: NumberedCase, bench: Bench): Promise<Verdict> {
  const verdict = compareCase(recorded, await outcomeOf(recorded, bench));
  if (verdict.difference !== undefined || isAsWritten(recorded, content)) return verdict;
  const { rule } = verdict;
  const { vmConfig } = (JSON.parse(content) as Case).input;
  const why = 'the configuration handed in was changed';
  const actual = recorded.input.vmConfig;
  return { rule, difference: { rule, step: 'input', why, path: 'vmConfig', expected: vmConfig, actual } };
}

/** What a case came to; what a plugin or a dialect throws beside its steps is a refusal of all of it. */
async function outcomeOf({ input }: Case, bench: Bench): Promise<CaseOutcome> {
  try {
    return await runCase(input, bench);
  } catch (error) {
    const nothing = { effects: [], error: coded(error) };
    return { construct: nothing, cleanupBootloading: nothing, filesLeft: [] };
  }
}

/** Whether a case's dictionary still says what its line says: by its text where the line was written compactly. */
function isAsWritten({ input: { vmConfig } }: Case, content: string): boolean {
  if (content.includes(JSON.stringify(vmConfig))) return true;
  return isDeepStrictEqual((JSON.parse(content) as Case).input.vmConfig, vmConfig);
}
