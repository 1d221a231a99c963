// Follows a guide as its reader would: files that it shows are written, commands that it shows are run, in its order, and
// what it says is printed is looked for.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Fenced blocks of a Markdown text with the words behind their language: `sh`, `js file=src/index.js`. */
function blocksOf(text) {
  return [...text.matchAll(/^```(\S+)(?: (.*))?\n([\s\S]*?)^```/gm)].map(([, language, words = '', body]) => {
    const settings = Object.fromEntries(words.split(' ').map((word) => word.split('=')));
    return { language, settings, body };
  });
}

/**
 * Runs a guide in a directory of its own. A block with `file=PATH` is a file; `sh` without more is run there; a `text`
 * block behind it is what it prints, where a line `…` stands for any. Packages are there already, unless `installs` says that
 * its `npm install` is to be run, too.
 */
export function guideSteps({ guide, work, step, problemOf, installs = false }) {
  const at = { directory: join(work, 'guide') };
  mkdirSync(at.directory);
  const blocks = blocksOf(readFileSync(guide, 'utf8'));
  blocks.forEach(({ language, settings, body }, index) => {
    if (settings.file !== undefined) {
      const path = join(at.directory, settings.file);
      mkdirSync(dirname(path), { recursive: true });
      if (settings.append !== undefined) appendFileSync(path, body);
      else writeFileSync(path, body);
      return;
    }
    if (language !== 'sh' || settings.skip === 'yes') return;
    const next = blocks[index + 1];
    const expected = next?.language === 'text' ? patternOf(next.body) : /(?:)/;
    // A directory that is changed to is where the next commands run.
    const commands = installs ? body : body.replace(/^npm install( .*)?$/gm, ':');
    const script = `set -e\n${commands}\npwd > ${JSON.stringify(join(work, 'pwd'))}`;
    step(`guide: ${body.trim().split('\n').join('; ')}`, problemOf('bash', ['-c', script], at.directory, expected));
    try {
      at.directory = readFileSync(join(work, 'pwd'), 'utf8').trim();
    } catch {
      // The step failed and said so.
    }
  });
}

/** What a command prints, line by line; blanks between words may be any. */
function patternOf(text) {
  const escaped = (line) =>
    line
      .trim()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\s+/g, '\\s+')
      .replaceAll('…', '.*');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '[\\s\\S]*?' : `[^\\n]*?${escaped(line)}[^\\n]*\\n?`));
  return new RegExp(lines.join('\\s*'));
}
