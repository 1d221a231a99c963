// Which Markdown files are pages of the site, in which order and group. A file of docs/ that is not named here is a page of
// the reference.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';

const NAMED = {
  Guides: ['docs/operate.md', 'docs/embed.md', 'docs/write-a-handler.md'],
  Reference: [
    'docs/config.md',
    'docs/errors.md',
    'docs/device-models.md',
    'docs/superpages.md',
    'docs/reliability.md',
    'docs/debug-names.md',
    'docs/compatibility.md',
  ],
  Design: [
    'docs/architecture.md',
    'docs/decisions/README.md',
    'docs/performance.md',
    'docs/dependencies.md',
    'docs/xend-differences.md',
    'docs/replay.md',
  ],
  Examples: [
    'examples/README.md',
    'examples/guests/README.md',
    'examples/embed-minimal/README.md',
    'examples/embed-service/README.md',
  ],
  Project: ['CONTRIBUTING.md', 'SECURITY.md', 'e2e/README.md'],
};

/** The groups in the order of the side bar. */
export const groups = Object.keys(NAMED);

function markdownIn(directory) {
  return readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${directory}/${name}`);
}

function readmesIn(directory) {
  return readdirSync(join(root, directory))
    .map((name) => `${directory}/${name}/README.md`)
    .filter((file) => existsSync(join(root, file)));
}

/** The pages in the order of the side bar: `{ file, group }`, the file from the root of the repository. */
export function pages() {
  const named = new Set(Object.values(NAMED).flat());
  const others = {
    Reference: markdownIn('docs'),
    Design: markdownIn('docs/decisions'),
    Examples: readmesIn('examples'),
  };
  return groups.flatMap((group) => {
    const present = NAMED[group].filter((file) => existsSync(join(root, file)));
    const found = (others[group] ?? []).filter((file) => !named.has(file)).sort();
    return [...present, ...found].map((file) => ({ file, group }));
  });
}

/** Where the site has a page, without its ending: `docs/errors.md` is `errors`, a README is named after its directory. */
export function addressOf(file) {
  return file
    .replace(/\.md$/, '')
    .replace(/^docs\//, '')
    .replace(/\/README$/, '')
    .toLowerCase();
}
