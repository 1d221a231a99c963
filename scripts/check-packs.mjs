// Packs each package, installs it with what it needs of ours into an empty project, and runs its README's examples
// there. An example is a fenced block of `js`. Each entry point is also loaded from CommonJS, by `require`, and must be the
// same there as for `import`. Prints one line a package and ends with "N passed, N failed".
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();

const work = mkdtempSync(join(tmpdir(), 'xen-image-packs-'));
const packages = readdirSync(join(root, 'packages')).map((folder) => {
  const path = join(root, 'packages', folder);
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  return { path, manifest, name: manifest.name };
});
const byName = new Map(packages.map((entry) => [entry.name, entry]));

for (const entry of packages) {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', work], { cwd: entry.path, encoding: 'utf8' }),
  );
  entry.tarball = join(work, packed.filename);
  entry.files = packed.files.map((file) => file.path);
}

/** The package and all of ours that it depends on, or that the examples in its README import. */
function closure(name, examples, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies = {}, peerDependencies = {} } = byName.get(name).manifest;
  for (const needed of [...Object.keys(dependencies), ...Object.keys(peerDependencies)]) {
    if (byName.has(needed)) closure(needed, [], found);
  }
  for (const text of examples) {
    for (const [, imported] of text.matchAll(/from '((?:@xen-image\/)?[a-z0-9-]+)/g)) {
      if (byName.has(imported)) closure(imported, [], found);
    }
  }
  return found;
}

/** A CommonJS program that requires each entry point with code, and compares what it gets with what `import` gives. */
function commonJsConsumer({ name, manifest }) {
  const entries = Object.entries(manifest.exports).filter(([, target]) => target.default !== undefined);
  const names = entries.map(([path]) => name + path.slice(1));
  return `
const assert = require('node:assert/strict');
(async () => {
  for (const name of ${JSON.stringify(names)}) {
    const required = require(name);
    const imported = await import(name);
    assert.ok(Object.keys(required).length > 0, name + ' exports nothing');
    for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], name + ': ' + key);
  }
})();
`;
}

function problemsOf(entry) {
  const problems = [];
  for (const wanted of ['LICENSE', 'README.md', 'package.json']) {
    if (!entry.files.includes(wanted)) problems.push(`the package lacks ${wanted}`);
  }
  if (!entry.files.some((file) => file.startsWith('dist/'))) problems.push('the package has no build');
  // What a template has is for whoever begins from it.
  const own = entry.files.filter((file) => !file.startsWith('template/'));
  const unwanted = own.filter((file) => /(^|\/)test\/|\.tsbuildinfo$/.test(file));
  if (unwanted.length > 0) problems.push(`the package carries ${unwanted.join(', ')}`);
  if (problems.length > 0) return problems;

  const readme = readFileSync(join(entry.path, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text]) => text);
  if (examples.length === 0) problems.push('its README has no example');
  const project = join(work, entry.name.replace('/', '+'));
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  const tarballs = [...closure(entry.name, examples)].map((name) => byName.get(name).tarball);
  const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], {
    cwd: project,
    encoding: 'utf8',
  });
  if (installed.status !== 0) return [`npm install failed: ${installed.stderr.trim()}`];
  writeFileSync(join(project, 'consumer.cjs'), commonJsConsumer(entry));
  const required = spawnSync(process.execPath, [join(project, 'consumer.cjs')], { cwd: project, encoding: 'utf8' });
  if (required.status !== 0 || required.stderr !== '') problems.push(`require failed: ${required.stderr.trim()}`);
  examples.forEach((text, index) => {
    const file = join(project, `example-${index + 1}.js`);
    writeFileSync(file, text);
    const ran = spawnSync(process.execPath, [file], { cwd: project, encoding: 'utf8', timeout: 60_000 });
    if (ran.status !== 0) problems.push(`example ${index + 1} failed: ${(ran.stderr || ran.stdout).trim()}`);
  });
  return problems;
}

let passed = 0;
let failed = 0;
for (const entry of packages) {
  const problems = problemsOf(entry);
  if (problems.length === 0) passed += 1;
  else failed += 1;
  process.stdout.write(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${entry.name}\n`);
  for (const problem of problems) process.stdout.write(`       ${problem}\n`);
}
rmSync(work, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
