// Follows a guide as its reader would: files that it shows are written, commands that it shows are run, in its order, and
// what it says is printed is looked for.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Languages of blocks that are shown for their own sake: nothing is to be done with them. */
const SHOWN = new Set(['text', 'mermaid', 'json']);

/** Fenced blocks of a Markdown text with the words behind their language: `sh`, `js file=src/index.js`. */
function blocksOf(text) {
  return [...text.matchAll(/^```(\S+)(?: (.*))?\n([\s\S]*?)^```/gm)].map(([, language, words = '', body]) => {
    const settings = Object.fromEntries(words.split(' ').map((word) => word.split('=')));
    return { language, settings, body };
  });
}

/**
 * Runs a guide in a directory of its own. A block with `file=PATH` is a file (`append=yes`: more of it); `sh` is run there,
 * with `exit=N` to that end; `sh only=dom0` is for a real dom0 and is left out here; a `text` block behind it is what it
 * prints, where a line `…` stands for any. Directories and exported variables hold for the blocks that follow. Packages
 * are there already, unless `installs` says that its `npm install` is to be run, too.
 */
export function guideSteps({ guide, work, step, problemOf, installs = false }) {
  const name = basename(guide, '.md');
  const at = { directory: join(work, `guide-${name}`) };
  const state = { directory: join(work, `${name}.directory`), variables: join(work, `${name}.variables`) };
  mkdirSync(at.directory);
  writeFileSync(state.variables, '');
  const blocks = blocksOf(readFileSync(guide, 'utf8'));
  blocks.forEach(({ language, settings, body }, index) => {
    if (settings.file !== undefined) {
      const path = join(at.directory, settings.file);
      mkdirSync(dirname(path), { recursive: true });
      if (settings.append !== undefined) appendFileSync(path, body);
      else writeFileSync(path, body);
      return;
    }
    if (settings.only === 'dom0') return;
    const title = `${name}: ${body.trim().split('\n').join('; ')}`;
    if (language !== 'sh') {
      if (!SHOWN.has(language)) step(title, `a block of ${language} is neither a file nor run`);
      return;
    }
    const next = blocks[index + 1];
    const expected = next?.language === 'text' ? patternOf(next.body) : /(?:)/;
    const script = [
      'set -e',
      `. ${JSON.stringify(state.variables)}`,
      installs ? body : body.replace(/^npm install( .*)?$/gm, ':'),
      `pwd > ${JSON.stringify(state.directory)}`,
      `export -p > ${JSON.stringify(state.variables)}`,
    ].join('\n');
    step(title, problemOf('bash', ['-c', script], at.directory, expected, Number(settings.exit ?? 0)));
    try {
      at.directory = readFileSync(state.directory, 'utf8').trim();
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
