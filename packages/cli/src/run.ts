import type { Invocation } from './commands/definition.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { createOutput, type Output } from './output/output.js';
import { CommandLineEnd, readCommandLine, type Asked } from './program.js';
import type { OpenDriver } from './toolstack/driver.js';
import { readVersion } from './version.js';

/** The word that completion scripts put first. */
const COMPLETE_WORD = '__complete';

function flag(options: Asked['options'], name: string): boolean {
  return options[name] === true;
}

/** Reads a command line, loads its command and runs it. */
export async function run(words: readonly string[], io: Io, openDriver?: OpenDriver): Promise<number> {
  if (words[0] === COMPLETE_WORD) return (await import('./completion/answer.js')).answerCompletion(words.slice(1), io);
  let asked: Asked;
  try {
    asked = readCommandLine(words, io);
  } catch (error) {
    return endOfCommandLine(error, words, io);
  }
  const { definition, args, options } = asked;
  const output = createOutput(io, {
    json: flag(options, 'json'),
    quiet: flag(options, 'quiet'),
    debug: flag(options, 'debug'),
  });
  try {
    const command = await definition.load();
    const invocation: Invocation = { io, output, args, options, ...(openDriver === undefined ? {} : { openDriver }) };
    return await command(invocation);
  } catch (error) {
    const { reportFailure, exitCodeOf } = await import('./output/failure.js');
    reportFailure(output, definition.name, error);
    return exitCodeOf(error);
  }
}

/** Help was given, the version is asked for without a command, or the command line is wrong. */
async function endOfCommandLine(error: unknown, words: readonly string[], io: Io): Promise<number> {
  if (error instanceof CommandLineEnd && error.answered) return EXIT.ok;
  // The options were not read: what they ask for is looked for by name.
  const output: Output = createOutput(io, {
    json: words.includes('--json'),
    quiet: false,
    debug: words.includes('--debug'),
  });
  if (words.includes('--version') || words.includes('-V')) {
    const version = readVersion();
    if (output.json) output.document({ command: null, version });
    else output.line(`xen-image ${version}`);
    return EXIT.ok;
  }
  const { reportFailure, usageError } = await import('./output/failure.js');
  if (!(error instanceof CommandLineEnd)) {
    reportFailure(output, null, error);
    return EXIT.failed;
  }
  reportFailure(output, error.command, usageError(error.message, error.command));
  return EXIT.usage;
}
