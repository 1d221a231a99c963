// Writes the tables of options in docs/config.md anew, from the catalogue in packages/core. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { optionsAsMarkdown } from '../packages/core/dist/config/options/markdown.js';

const page = fileURLToPath(new URL('../docs/config.md', import.meta.url));
const [begin, end] = ['<!-- options: begin -->\n', '<!-- options: end -->\n'];
const [before, rest = ''] = readFileSync(page, 'utf8').split(begin);
const [, after] = rest.split(end);
if (after === undefined) throw new Error(`${page} has lost its marks`);
writeFileSync(page, `${before}${begin}\n${optionsAsMarkdown()}\n${end}${after}`);
