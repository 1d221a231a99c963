// node scripts/check-dependencies.mjs
// What the project depends on: the lock files (registry packages with integrity and nothing else, in step with each package.json,
// no host recorded), install scripts, licences, and a row in docs/dependencies.md for each direct dependency.
// Ends with "N passed, N failed".
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** Licences of what users install or get in the bundle. */
const SHIPPED = ['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'];
/** Licences of what only builds and tests: data and tools that are not passed on. */
const BUILDING = [
  ...SHIPPED,
  'BlueOak-1.0.0',
  'BSD',
  'CC0-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'EPL-2.0',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
];
/** What package.json says of no use, by name and version: what the licence file says. */
const READ_BY_HAND = { 'exit@0.1.2': 'MIT', 'spawndamnit@3.0.1': 'MIT' };
/** Packages that may run a script when they are installed; all works without (ffi-napi is then not there). */
const INSTALL_SCRIPTS = ['@2060.io/ref-napi', 'ffi-napi', 'koffi', 'nx'];
const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

const ours = (name) => name === 'xen-image' || name.startsWith('@xen-image/');
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const folders = (parent) =>
  readdirSync(join(root, parent)).filter((name) => existsSync(join(root, parent, name, 'package.json')));

const locks = {
  'package-lock.json': {
    lock: readJson('package-lock.json'),
    at: '.',
    members: ['', ...folders('packages').map((name) => `packages/${name}`)],
  },
  'scripts/release/tools/package-lock.json': {
    lock: readJson('scripts/release/tools/package-lock.json'),
    at: 'scripts/release/tools',
    members: [''],
  },
};

let passed = 0;
let failed = 0;
function check(name, problems) {
  if (problems.length === 0) passed += 1;
  else failed += 1;
  process.stdout.write(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
  for (const problem of problems) process.stdout.write(`       ${problem}\n`);
}

/** Entries of a lock file that stand for packages of others. */
const foreign = (lock) =>
  Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true);

/** Whether a list has a licence, of an SPDX expression one of those to choose from. */
const allowed = (expression, list) =>
  expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => list.includes(one));

/** Paths in a lock of a package and all that it brings, found as Node finds them. */
function closure(lock, from, name, found = new Set()) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    const entry = lock.packages[path];
    if (entry !== undefined) {
      if (found.has(path)) return found;
      found.add(path);
      for (const next of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
        closure(lock, path, next, found);
      return found;
    }
    if (at === '') return found;
    if (!at.includes('/node_modules/')) {
      // From a member of the workspace straight to the root.
      return closure(lock, '', name, found);
    }
  }
}

for (const [file, { lock, at, members }] of Object.entries(locks)) {
  const packages = foreign(lock);
  check(
    `${file}: ${packages.length} packages, each from the registry with its integrity`,
    packages.flatMap(([path, { version, integrity = '', resolved, inBundle }]) => {
      const problems = [];
      if (resolved !== undefined) problems.push(`${path} records where it came from: ${resolved}`);
      if (!/^\d+\.\d+\.\d+/.test(version ?? '')) problems.push(`${path} has the version ${version}`);
      if (inBundle !== true && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
        problems.push(`${path} has the integrity ${integrity || 'of none'}`);
      return problems;
    }),
  );
  check(
    `${file}: in step with package.json`,
    members.flatMap((member) => {
      const manifest = readJson(join(at, member, 'package.json'));
      const locked = lock.packages[member] ?? {};
      return FIELDS.filter(
        (field) =>
          JSON.stringify(Object.entries(manifest[field] ?? {}).sort()) !==
          JSON.stringify(Object.entries(locked[field] ?? {}).sort()),
      ).map((field) => `${join(at, member, 'package.json')} and the lock differ in ${field}: run npm install`);
    }),
  );
  check(
    `${file}: no install script that is not known`,
    packages
      .filter(([path, { hasInstallScript }]) => hasInstallScript === true && !INSTALL_SCRIPTS.includes(nameOf(path)))
      .map(([path]) => `${path} runs a script when it is installed`),
  );
  check(
    `${file}: ranges name versions of the registry`,
    [
      ...members.map((member) => readJson(join(at, member, 'package.json'))),
      ...packages.map(([, entry]) => entry),
    ].flatMap((manifest) =>
      FIELDS.flatMap((field) =>
        Object.entries(manifest[field] ?? {})
          .filter(([, range]) => /^(git|https?|file|link|github):|\.git(#|$)|^[^@\s]+\/[^@\s]+$/.test(range))
          .map(([name, range]) => `${manifest.name ?? 'a package'} takes ${name} from ${range}`),
      ),
    ),
  );
}

const main = locks['package-lock.json'];
const users = new Map();
const shipped = new Set();
for (const folder of folders('packages')) {
  const {
    dependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = readJson(`packages/${folder}/package.json`);
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }).filter((each) => !ours(each))) {
    users.set(name, [...(users.get(name) ?? []), folder]);
    // An optional peer is the user's own choice, with its licence.
    if (peerDependenciesMeta[name]?.optional !== true) closure(main.lock, `packages/${folder}`, name, shipped);
  }
}
for (const [file, { lock }] of Object.entries(locks)) {
  check(
    `${file}: licences`,
    foreign(lock).flatMap(([path, { version, license }]) => {
      const licence = READ_BY_HAND[`${nameOf(path)}@${version}`] ?? license ?? 'none';
      const list = lock === main.lock && shipped.has(path) ? SHIPPED : BUILDING;
      return allowed(licence, list) ? [] : [`${path} ${version} has the licence ${licence}`];
    }),
  );
}

/** Rows of the tables below a heading of docs/dependencies.md, as cells. */
function rows(heading) {
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\|(.+)\|$/gm)].map(([, row]) => row.split('|').map((cell) => cell.trim())).slice(2);
}
const codes = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
const differences = (wanted, found, page) => [
  ...wanted.filter((name) => !found.includes(name)).map((name) => `${name} has no row in ${page}`),
  ...found.filter((name) => !wanted.includes(name)).map((name) => `${name} has a row in ${page} and is no dependency`),
  ...found.filter((name, index) => found.indexOf(name) !== index).map((name) => `${name} has two rows in ${page}`),
];

const runtime = rows('At run time');
const problems = differences(
  [...users.keys()],
  runtime.flatMap(([name]) => codes(name)),
  'docs/dependencies.md, "At run time"',
);
for (const [cell, by, brings, licence, why] of runtime) {
  const [name] = codes(cell);
  const packages = (users.get(name) ?? []).join(', ');
  if (by !== packages) problems.push(`${name} is used by ${packages}, not ${by}`);
  const count = name === undefined ? 0 : closure(main.lock, `packages/${(users.get(name) ?? [''])[0]}`, name).size;
  if (brings !== `${count}`) problems.push(`${name} brings ${count} packages, itself included, not ${brings}`);
  const { license } =
    main.lock.packages[`node_modules/${name}`] ?? main.lock.packages[`packages/cli/node_modules/${name}`] ?? {};
  if (licence !== license) problems.push(`${name} has the licence ${license}, not ${licence}`);
  if (!why) problems.push(`${name} is not justified`);
}
check(`docs/dependencies.md: ${users.size} dependencies at run time, ${shipped.size} packages in all`, problems);

const building = [
  ...Object.keys(readJson('package.json').devDependencies),
  ...Object.keys(readJson('scripts/release/tools/package.json').dependencies),
  ...folders('examples').flatMap((name) => {
    const { dependencies = {}, devDependencies = {} } = readJson(`examples/${name}/package.json`);
    return Object.keys({ ...dependencies, ...devDependencies });
  }),
].filter((name) => !ours(name) && !users.has(name));
const named = rows('To build, test and release').flatMap(([cell, why]) => (why ? codes(cell) : []));
check(
  `docs/dependencies.md: ${new Set(building).size} dependencies to build, test and release`,
  differences([...new Set(building)], named, 'docs/dependencies.md, "To build, test and release"'),
);

process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
