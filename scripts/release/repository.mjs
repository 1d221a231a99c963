// Writes where the sources are into each package.json: GITHUB_REPOSITORY says so in a release workflow, and provenance is refused
// where the two differ. Nothing is written where it is not set.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';

const { GITHUB_SERVER_URL = 'https://github.com', GITHUB_REPOSITORY } = process.env;
if (GITHUB_REPOSITORY !== undefined) {
  for (const folder of readdirSync(join(root, 'packages'))) {
    const path = join(root, 'packages', folder, 'package.json');
    const url = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`;
    const manifest = {
      ...JSON.parse(readFileSync(path, 'utf8')),
      repository: { type: 'git', url, directory: `packages/${folder}` },
    };
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}
