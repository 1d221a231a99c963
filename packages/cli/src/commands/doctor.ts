import type { CheckResult, CheckStatus } from '../doctor/check.js';
import { checks } from '../doctor/checks.js';
import { hostProbes } from '../doctor/host-probes.js';
import { runChecks } from '../doctor/run-checks.js';
import { EXIT } from '../exit-codes.js';
import type { Output } from '../output/output.js';
import { visible } from '../output/visible.js';
import type { Invocation } from './definition.js';

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: 'ok', warning: 'warning', failed: 'failed', skipped: '-' };

/** Looks whether this host can make guests. */
export async function run({ output }: Invocation): Promise<number> {
  const results = await runChecks(checks(await hostProbes()));
  const ok = results.every(({ status }) => status === 'ok' || status === 'warning');
  if (output.json) output.document({ command: 'doctor', ok, checks: results });
  else printResults(output, results);
  return ok ? EXIT.ok : EXIT.failed;
}

/** A line for each check, its mark in words for those without colours; the cure below it. */
export function printResults(output: Output, results: readonly CheckResult[]): void {
  const { style } = output;
  const paint = { ok: style.green, warning: style.yellow, failed: style.red, skipped: style.dim };
  const width = Math.max(...results.map(({ name }) => name.length));
  for (const { name, status, said, cure } of results) {
    output.line(`${paint[status](MARKS[status].padEnd(7))}  ${name.padEnd(width)}  ${visible(said)}`);
    if (cure !== undefined && status !== 'skipped') output.line(`${' '.repeat(width + 11)}${style.dim(visible(cure))}`);
  }
}
