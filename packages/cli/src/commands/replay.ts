import { XenImageError } from '@xen-image/core';
import type { ReplaySummary } from '@xen-image/xend-compat';
import { EXIT } from '../exit-codes.js';
import { readInput } from '../input/read-file.js';
import type { Output } from '../output/output.js';
import { visible } from '../output/visible.js';
import { loadPlugins, MODERN } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

/** Recordings are long, and trusted as configurations are not; this much is surely none. */
const MAX_BYTES = 512 * 1024 * 1024;
const DEFAULT_DIFFERENCES = 10;

function checkSize(bytes: number, file: string): void {
  if (bytes <= MAX_BYTES) return;
  throw new XenImageError('REPLAY_FILE_TOO_LARGE', `${file} has more than ${MAX_BYTES} bytes`, { phase: 'config' });
}

function wantedDifferences(option: unknown): number {
  if (option === undefined) return DEFAULT_DIFFERENCES;
  if (typeof option === 'string' && /^\d{1,9}$/.test(option)) return Number(option);
  throw new XenImageError('USAGE', `--differences takes a number, not ${JSON.stringify(option)}`, {
    hint: 'xen-image replay --help shows its usage.',
  });
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : visible(JSON.stringify(value));
}

function printDifferences(output: Output, file: string, { differences }: ReplaySummary): void {
  for (const { id, line, step, why, path, expected, actual } of differences) {
    output.line(`${visible(file)}:${line}: ${output.style.bold(visible(id))} ${visible(step)}: ${visible(why)}`);
    output.line(`  at ${visible(path)}`);
    output.line(`  xend  ${shown(expected)}`);
    output.line(`  here  ${shown(actual)}`);
  }
}

/** Replays recordings, and ends with `N passed, N failed`. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const maxDifferences = wantedDifferences(options['differences']);
  const [{ replayCases }, plugins] = await Promise.all([import('@xen-image/xend-compat'), loadPlugins(MODERN)]);
  const files: ({ readonly file: string } & ReplaySummary)[] = [];
  for (const file of args) {
    const bytes = await readInput(io, file, { what: 'recorded cases', code: 'REPLAY_FILE', checkSize });
    const summary = await replayCases(new TextDecoder().decode(bytes), { plugins, file, maxDifferences });
    files.push({ file, ...summary });
  }
  const passed = files.reduce((sum, file) => sum + file.passed, 0);
  const failed = files.reduce((sum, file) => sum + file.failed, 0);
  if (output.json) output.document({ command: 'replay', passed, failed, files });
  else {
    for (const summary of files) {
      printDifferences(output, summary.file, summary);
      for (const [rule, number] of Object.entries(summary.byRule)) output.line(`${String(number).padStart(6)} ${rule}`);
      if (summary.failed > summary.differences.length) {
        output.note(`${summary.failed - summary.differences.length} more differ; --differences shows them`);
      }
    }
    output.line(`${passed} passed, ${failed} failed`);
  }
  return failed === 0 ? EXIT.ok : EXIT.failed;
}
