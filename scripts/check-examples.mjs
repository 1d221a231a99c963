// node scripts/check-examples.mjs [--registry VERSION]
// Runs the examples as whoever has only what is published: our packages packed and installed into an empty project, the
// examples copied beside them, with the dependencies of their own. Then a handler is begun from the command's template, and the
// guides are followed.
// With --registry, packages of that version come from the registry that npm is set to, each example and the begun handler
// installs its own, and nothing is built. Prints one line a step and ends with "N passed, N failed".
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guideSteps } from './guide-steps.mjs';
import { build, install, root } from './setup.mjs';

const registry = process.argv.indexOf('--registry');
const published = registry === -1 ? undefined : process.argv[registry + 1];
if (published === undefined) {
  install();
  build();
}

const work = mkdtempSync(join(tmpdir(), 'xen-image-examples-'));
const examples = ['handler-x86-pvh', 'handler-shadow', 'embed-minimal', 'embed-service'];
const guides = ['operate', 'embed', 'write-a-handler'];
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];

/** Our packages by their names: what was published, or tarballs packed now. */
async function packed() {
  const folders = readdirSync(join(root, 'packages'));
  const nameOf = (folder) => readJson(join(root, 'packages', folder, 'package.json')).name;
  if (published !== undefined) return Object.fromEntries(folders.map((folder) => [nameOf(folder), published]));
  const pack = async (folder) => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', work], {
      cwd: join(root, 'packages', folder),
    });
    const [{ name, filename }] = JSON.parse(stdout);
    return [name, `file:${join(work, filename)}`];
  };
  return Object.fromEntries(await Promise.all(folders.map(pack)));
}

/** What the examples need beside our packages, by their own package.json. */
function foreignDependencies() {
  if (published !== undefined) return {};
  const all = {};
  for (const example of examples) {
    const { dependencies = {}, devDependencies = {} } = readJson(join(root, 'examples', example, 'package.json'));
    Object.assign(all, dependencies, devDependencies);
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('@xen-image/')));
}

let passed = 0;
let failed = 0;
function step(name, problem) {
  if (problem === undefined) passed += 1;
  else failed += 1;
  process.stdout.write(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name}\n`);
  if (problem !== undefined) process.stdout.write(`${problem.trimEnd().replace(/^/gm, '       ')}\n`);
}

/** Runs a command; answers what went wrong, if anything did. */
function problemOf(command, args, cwd, expected = /(?:)/, status = 0) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const prefix = join(work, 'global');
  const PATH = `${join(prefix, 'bin')}:${join(work, 'node_modules/.bin')}:${env.PATH}`;
  const own = { ...env, PATH, npm_config_prefix: prefix };
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 240_000, env: own });
  const printed = `${ran.stdout}\n${ran.stderr}`;
  if (ran.status !== status) return `${command} ${args.join(' ')} ended with ${ran.status ?? ran.signal}\n${printed}`;
  return expected.test(printed) ? undefined : `${command} ${args.join(' ')} does not print ${expected}\n${printed}`;
}

/** Packages that a file imports. */
function importsOf(text) {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)].map(([, name]) => name);
  return found.map((name) => (name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]));
}

/** An example imports what its package.json names, and of our packages no file that is not an entry point. */
function undeclared(folder) {
  const { dependencies, devDependencies, peerDependencies } = readJson(join(folder, 'package.json'));
  const declared = { ...dependencies, ...devDependencies, ...peerDependencies };
  const files = readdirSync(folder, { recursive: true }).filter(
    (file) => /\.(js|ts)$/.test(file) && !/node_modules|dist/.test(file),
  );
  const missing = files.flatMap((file) =>
    importsOf(readFileSync(join(folder, file), 'utf8'))
      .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name) && declared[name] === undefined)
      .map((name) => `${file} imports ${name}, which its package.json does not name`),
  );
  return missing.length === 0 ? undefined : missing.join('\n');
}

try {
  const tarballs = await packed();
  const manifest = { name: 'empty', private: true, dependencies: { ...foreignDependencies(), ...tarballs } };
  writeFileSync(join(work, 'package.json'), JSON.stringify(manifest));
  const installed = problemOf('npm', INSTALL, work);
  step('all packages install into an empty project', installed);
  if (installed === undefined) {
    for (const example of examples) {
      const folder = join(work, example);
      cpSync(join(root, 'examples', example), folder, {
        recursive: true,
        filter: (path) => !/\/(?:node_modules|dist)(?:\/|$)/.test(path),
      });
      step(`${example} imports what it names`, undeclared(folder));
      const { scripts } = readJson(join(folder, 'package.json'));
      if (published !== undefined) step(`${example} installs`, problemOf('npm', INSTALL, folder));
      if (scripts.build !== undefined) step(`${example} builds`, problemOf('npm', ['run', '-s', 'build'], folder));
      if (scripts.test !== undefined)
        step(`${example} passes its tests`, problemOf('npm', ['run', '-s', 'test'], folder));
    }
    const minimal = ['index.js', '--simulate'];
    step(
      'embed-minimal creates, watches and removes',
      problemOf('node', minimal, join(work, 'embed-minimal'), /ended: poweroff/),
    );
    for (const [example, row] of [
      ['handler-x86-pvh', /^x86 +pvh +xen-image-example-pvh 0\.1\.0 +- /m],
      ['handler-shadow', /^x86 +linux, pv +xen-image-example-shadow 0\.1\.0 +@xen-image\/handler-x86-pv /m],
    ]) {
      step(`xen-image handlers shows ${example}`, problemOf('xen-image', ['handlers'], join(work, example), row));
    }
    const kernel = join(work, 'vmlinux');
    writeFileSync(kernel, `\u007fELF${'\0'.repeat(8192)}`);
    const guest = join(work, 'handler-x86-pvh/simulated.cfg');
    writeFileSync(guest, `name = "pvh"\ntype = "pvh"\nmemory = 192\nvcpus = 2\nkernel = "${kernel}"\n`);
    const create = ['create', guest, '--driver', 'sim', '--sim-state', join(work, 'sim.json')];
    step(
      'xen-image creates a PVH guest',
      problemOf('xen-image', create, join(work, 'handler-x86-pvh'), /created pvh \(domid 1/),
    );

    const begun = join(work, 'begun');
    mkdirSync(begun);
    step(
      'a handler is begun',
      problemOf('xen-image', ['new-handler', 'acme-handler-begun'], begun, /type begun on x86/),
    );
    if (published !== undefined) step('and installs', problemOf('npm', INSTALL, join(begun, 'acme-handler-begun')));
    step(
      'and passes its tests as it is',
      problemOf('npm', ['test'], join(begun, 'acme-handler-begun'), /^# fail 0$|ℹ fail 0/m),
    );

    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    [...readme.matchAll(/^```js\n([\s\S]*?)^```/gm)].forEach(([, text], index) => {
      const file = join(work, `readme-${index + 1}.mjs`);
      writeFileSync(file, text);
      step(`the README's example ${index + 1} runs`, problemOf('node', [file], work));
    });

    const installs = published !== undefined;
    if (!installs) {
      mkdirSync(join(work, 'global/lib'), { recursive: true });
      symlinkSync(join(work, 'node_modules'), join(work, 'global/lib/node_modules'));
    }
    for (const name of guides) guideSteps({ guide: join(root, `docs/${name}.md`), work, step, problemOf, installs });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
