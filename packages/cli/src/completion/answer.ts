import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { visible } from '../output/visible.js';
import { candidates } from './candidates.js';

/** The line that tells a completion script to add the names of files. */
export const FILES = ':files';

/** The value of an option among words. */
function valueOf(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 ? undefined : words[at + 1];
}

/** Names of the domains that run; none where they cannot be had: completion says nothing of failures. */
async function domainNames(words: readonly string[], io: Io): Promise<string[]> {
  try {
    const { withDriver } = await import('../toolstack/acting.js');
    const options = { driver: valueOf(words, '--driver'), simState: valueOf(words, '--sim-state') };
    const domains = await withDriver({ io, options }, (toolstack) => toolstack.list());
    return domains.flatMap(({ name, domid }) => [...(name === null ? [] : [name]), String(domid)]);
  } catch {
    return [];
  }
}

/**
 * Answers a completion script: a candidate a line, {@link FILES} where files are to be added. What a terminal would act
 * on is left out: a word that was completed is printed.
 *
 * @param words - the command line without the program's name, the last being completed
 */
export async function answerCompletion(words: readonly string[], io: Io): Promise<number> {
  const current = words.at(-1) ?? '';
  const found = candidates(words);
  const names = found.domains ? await domainNames(words, io) : [];
  const lines = [...found.words, ...names].filter((word) => word.startsWith(current) && visible(word) === word);
  if (found.files) lines.push(FILES);
  if (lines.length > 0) io.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}
