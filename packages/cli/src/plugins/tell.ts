import type { Output } from '../output/output.js';
import { failureLines, stackLines } from '../output/failure.js';
import type { PluginProblem } from './configured.js';
import { visible } from '../output/visible.js';

/** Tells of plugins that are left out: what is wrong, and with `--debug` the stack. */
export function tellProblems(output: Output, problems: readonly PluginProblem[]): void {
  for (const { named, error } of problems) {
    const [first = '', ...rest] = failureLines(error, 'warning');
    output.complain([output.noteStyle.yellow(first), ...rest, `  plugin ${visible(named)} is left out`].join('\n'));
    if (output.debug) output.complain(stackLines(error.cause ?? error));
  }
}

/** The same as plain data. */
export function problemsJson(problems: readonly PluginProblem[]): readonly object[] {
  return problems.map(({ named, error }) => ({ plugin: named, error: error.toJSON() }));
}
