import { Command, CommanderError, Help, Option } from 'commander';
import type { CommandDefinition, OptionDefinition } from './commands/definition.js';
import { COMMON } from './commands/options.js';
import { COMMANDS } from './commands/table.js';
import type { Io } from './io.js';

/** What the words of a command line ask for. */
export interface Asked {
  readonly definition: CommandDefinition;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A command line that is wrong, or that was answered already, by a help text. */
export class CommandLineEnd extends Error {
  constructor(
    /** Nothing is wrong: help was asked for and given. */
    readonly answered: boolean,
    message: string,
    /** The command that was meant, where one was named. */
    readonly command: string | null,
  ) {
    super(message);
  }
}

function addOption(command: Command, definition: OptionDefinition): void {
  const option = new Option(definition.flags, definition.description);
  if (definition.closed === true && Array.isArray(definition.complete)) option.choices(definition.complete as string[]);
  command.addOption(option);
}

function usageOf(definition: CommandDefinition): string {
  const words = definition.arguments.map(({ name, required, variadic }) => {
    const word = variadic === true ? `${name}...` : name;
    return required ? word : `[${word}]`;
  });
  return [...words, '[options]'].join(' ');
}

function examplesOf({ examples }: CommandDefinition): string {
  const lines = examples.flatMap(([command, does]) => [`  ${command}`, `      ${does}`]);
  return `\nExample${examples.length === 1 ? '' : 's'}:\n${lines.join('\n')}`;
}

/** Options that every command has stand last in its help, and only once. */
class CommandHelp extends Help {
  override visibleOptions(command: Command): Option[] {
    const own = super.visibleOptions(command);
    return command.parent === null
      ? own
      : [...own, ...command.parent.options.filter(({ long }) => long !== '--version')];
  }
}

/** Reads a command line; throws {@link CommandLineEnd} where there is nothing to run. */
export function readCommandLine(words: readonly string[], io: Io): Asked {
  let asked: Asked | undefined;
  const program = new Command('xen-image');
  program
    .description('Turns the configuration of a domain into a running Xen guest.')
    .usage('COMMAND [options]')
    .option('-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride().createHelp = () => new CommandHelp();
  program.configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: () => undefined,
    outputError: () => undefined,
    getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 120),
  });
  for (const option of COMMON) addOption(program, option);
  // A command that is named first is the only one that is read; the others stand in help and in suggestions.
  const named = COMMANDS.filter(({ name }) => name === words[0]);
  for (const definition of named.length > 0 ? named : COMMANDS) {
    const command = program
      .command(definition.name)
      .summary(definition.summary)
      .description(definition.description)
      .usage(usageOf(definition));
    command.createHelp = () => new CommandHelp();
    for (const { name, description, required, variadic } of definition.arguments) {
      const word = variadic === true ? `${name}...` : name;
      command.argument(required ? `<${word}>` : `[${word}]`, description);
    }
    for (const option of definition.options) addOption(command, option);
    command.addHelpText('after', examplesOf(definition));
    command.action(() => {
      asked = { definition, args: command.args, options: command.optsWithGlobals() };
    });
  }
  program.addHelpText(
    'after',
    '\nExample:\n  xen-image plan guest.cfg\n      show what creating this guest would do\n\n' +
      'Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 129/130/143 ended by a signal after undoing.',
  );
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new CommandLineEnd(
      error.exitCode === 0,
      error.code === 'commander.help' ? 'no command was given' : error.message.replace(/^error: /, ''),
      words.find((word) => COMMANDS.some(({ name }) => name === word)) ?? null,
    );
  }
  if (asked === undefined) throw new CommandLineEnd(false, 'no command was given', null);
  return asked;
}
