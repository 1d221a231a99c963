import type { CommandDefinition, Completion, OptionDefinition } from '../commands/definition.js';
import { COMMON } from '../commands/options.js';
import { COMMANDS } from '../commands/table.js';

/** What a word may be completed with: given words, files, or the names of domains that run. */
export interface Candidates {
  readonly words: readonly string[];
  readonly files: boolean;
  readonly domains: boolean;
}

const NOTHING: Candidates = { words: [], files: false, domains: false };

/** `--host` and `-q` of `-q, --quiet` and `--host <file>`. */
function namesOf({ flags }: OptionDefinition): string[] {
  return flags
    .split(/[ ,]+/)
    .filter((word) => word.startsWith('-'))
    .sort((a, b) => b.length - a.length);
}

function takesValue({ flags }: OptionDefinition): boolean {
  return flags.includes('<');
}

function candidatesFor(complete: Completion | undefined): Candidates {
  if (complete === undefined) return NOTHING;
  if (complete === 'file') return { ...NOTHING, files: true };
  return complete === 'domain' ? { ...NOTHING, domains: true } : { ...NOTHING, words: complete };
}

/** What an argument may be, by how many stand before it. */
function argumentAt(command: CommandDefinition, index: number): Completion | undefined {
  const last = command.arguments.at(-1);
  return (command.arguments[index] ?? (last?.variadic === true ? last : undefined))?.complete;
}

/**
 * What the last of some words can become.
 *
 * @param words - the command line without the program's name, up to and with the word that is completed, which may be
 * empty
 */
export function candidates(words: readonly string[]): Candidates {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = COMMANDS.find(({ name }) => before.includes(name));
  const options = [...(command?.options ?? []), ...COMMON];
  const find = (word: string): OptionDefinition | undefined => options.find((option) => namesOf(option).includes(word));

  const previous = find(before.at(-1) ?? '');
  if (previous !== undefined && takesValue(previous)) return candidatesFor(previous.complete);
  if (current.startsWith('-')) {
    const own = options.flatMap((option) => namesOf(option).slice(0, 1));
    return { ...NOTHING, words: [...own, '--help', ...(command === undefined ? ['--version'] : [])] };
  }
  if (command === undefined) return { ...NOTHING, words: COMMANDS.map(({ name }) => name) };
  return candidatesFor(argumentAt(command, argumentsIn(before, command, find)));
}

/** How many of the words after the command are arguments: neither options nor their values. */
function argumentsIn(
  before: readonly string[],
  command: CommandDefinition,
  find: (word: string) => OptionDefinition | undefined,
): number {
  let number = 0;
  let skip = false;
  for (const word of before.slice(before.indexOf(command.name) + 1)) {
    if (skip) skip = false;
    else if (word.startsWith('-') && word !== '-') {
      const option = find(word);
      skip = option !== undefined && takesValue(option);
    } else number++;
  }
  return number;
}
