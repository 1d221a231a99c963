// npm run release:version: gives the packages the version and the changelogs that the changesets ask for.
//
// All packages carry one version, and each takes core as a peer of that version (`^0.2.0`). Changesets holds a peer range that is
// outgrown for a breaking change, and would make 1.0.0 of 0.2.0: it is shown a range that holds, and the right one is written after
// it. Written too: the ranges of the examples, which are no part of the workspace, and the lock file.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../setup.mjs';

const FIELDS = ['dependencies', 'devDependencies', 'peerDependencies'];
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

const manifestsIn = (folder) =>
  readdirSync(join(root, folder))
    .map((name) => join(root, folder, name, 'package.json'))
    .filter((path) => existsSync(path));
const packages = manifestsIn('packages');
const ours = new Set(packages.map((path) => readJson(path).name));

/** Writes a range for each of ours that a package.json names in the fields. */
function setRanges(path, fields, range) {
  const manifest = readJson(path);
  for (const field of fields) {
    for (const name of Object.keys(manifest[field] ?? {})) {
      if (ours.has(name)) manifest[field][name] = range;
    }
  }
  writeJson(path, manifest);
}

for (const path of packages) setRanges(path, ['peerDependencies'], '>=0.0.0');
run(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'version']);

const versions = new Set(packages.map((path) => readJson(path).version));
if (versions.size !== 1) throw new Error(`the packages have several versions: ${[...versions].join(', ')}`);
const [version] = versions;
for (const path of [...packages, ...manifestsIn('examples')]) setRanges(path, FIELDS, `^${version}`);

for (const path of packages) {
  const changelog = join(path, '../CHANGELOG.md');
  if (!existsSync(changelog)) continue;
  // A package that comes along for its version alone.
  const text = readFileSync(changelog, 'utf8').replace(
    /^(## .+)\n\n(?=## |$(?![\s\S]))/m,
    '$1\n\nNo changes of its own.\n\n',
  );
  writeFileSync(changelog, `${text.trimEnd()}\n`);
}
execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.stdout.write(`all packages: ${version}\n`);
