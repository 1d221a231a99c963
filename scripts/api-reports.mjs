// node scripts/api-reports.mjs [--write] [--since REF]
// Writes down what each entry point of each package exports, in packages/*/api/*.api.md, or compares with what is written
// there. Whatever has changed in a report must be told of by a changeset that names the package: minor for what was added,
// major (minor before 1.0) for what was changed or removed. It is told of by a changeset of the same commit or of a later one,
// or of the same merge; with --since, by one that was written or changed since that commit.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { root } from './setup.mjs';

const write = process.argv.includes('--write');
const since = process.argv.includes('--since') ? process.argv[process.argv.indexOf('--since') + 1] : undefined;
const work = mkdtempSync(join(tmpdir(), 'xen-image-api-'));
const quiet = { default: { logLevel: ExtractorLogLevel.None, addToApiReportFile: false } };

/** Entry points written down elsewhere: what core's schemas say is in packages/cli/schema, which a test compares. */
const ELSEWHERE = ['./dist/schema.d.ts'];

const packages = readdirSync(join(root, 'packages')).map((folder) => {
  const path = join(root, 'packages', folder);
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const entries = Object.values(manifest.exports).flatMap(({ types }) =>
    types === undefined || ELSEWHERE.includes(types) ? [] : [types],
  );
  return { path, name: manifest.name, version: manifest.version, entries };
});

/** Compares, or writes, the report of one entry point; answers what is wrong. */
function report({ path }, types) {
  const entry = basename(types, '.d.ts');
  const folder = join(path, 'api');
  mkdirSync(folder, { recursive: true });
  const configObject = {
    projectFolder: path,
    mainEntryPointFilePath: join(path, types),
    compiler: { tsconfigFilePath: join(path, 'tsconfig.json') },
    apiReport: {
      enabled: true,
      reportFileName: `${entry}.api.md`,
      reportFolder: folder,
      reportTempFolder: join(work, basename(path)),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: { compilerMessageReporting: quiet, extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
    newlineKind: 'lf',
  };
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(path, 'package.json'),
  });
  const said = [];
  const result = Extractor.invoke(config, {
    localBuild: write,
    messageCallback(message) {
      if (message.logLevel === 'error') said.push(message.text);
      message.handled = true;
    },
  });
  if (said.length > 0) return said.join('\n');
  if (write || !result.apiReportChanged) return undefined;
  return `${relative(root, join(folder, `${entry}.api.md`))} is not what is exported: run node scripts/api-reports.mjs --write, and add a changeset`;
}

const SIZES = ['patch', 'minor', 'major'];
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();
const lines = (text) => text.split('\n').filter((line) => line !== '');
const NOTHING = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'; // git's name of the empty tree

/** Changesets as they stand, each with the sizes that it gives to packages. */
const changesets = readdirSync(join(root, '.changeset'))
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map((file) => {
    const text = readFileSync(join(root, '.changeset', file), 'utf8');
    const sizes = [...text.matchAll(/^['"]?([^'"\n]+)['"]?: (patch|minor|major)$/gm)];
    return { file: `.changeset/${file}`, sizes: new Map(sizes.map(([, name, size]) => [name, SIZES.indexOf(size)])) };
  });

/** Files that tell of changes and are not committed as they stand, or, with --since, that have changed since then. */
function fresh() {
  const telling = ['--', '.changeset', 'packages/*/CHANGELOG.md'];
  const changed = lines(git('diff', '--name-only', '--diff-filter=AMR', since ?? 'HEAD', ...telling));
  return new Set([...changed, ...lines(git('ls-files', '--others', '--exclude-standard', ...telling))]);
}

/** The commit up to which a package's changes are told of by changesets of a size; undefined where all of them are. */
function toldUntil({ path, name }, size) {
  const files = changesets.filter(({ sizes }) => sizes.get(name) >= SIZES.indexOf(size)).map(({ file }) => file);
  files.push(`${relative(root, path)}/CHANGELOG.md`);
  if (files.some((file) => told.has(file))) return undefined;
  if (since !== undefined) return since;
  return git('log', '-1', '--first-parent', '-m', '--format=%H', '--', ...files) || NOTHING;
}

/** What has changed in a package's reports since a commit, line by line. */
function changes({ path }, commit) {
  if (commit === undefined) return [];
  const diff = git('diff', '--unified=0', commit, '--', `${relative(root, path)}/api`);
  return lines(diff).filter((line) => /^[-+](?![-+])/.test(line) && line.slice(1).trim() !== '');
}

/** What has changed in what a package exports, and no changeset of its size tells of. */
function changesetProblem(one) {
  const ask = (size, commit) => {
    const from = commit === NOTHING ? 'and was never told of' : `since ${since ?? commit.slice(0, 12)}`;
    return `what ${one.name} exports has changed ${from}: add a changeset of size ${size}`;
  };
  const breaking = one.version.startsWith('0.') ? 'minor' : 'major';
  const commit = toldUntil(one, breaking);
  if (changes(one, commit).some((line) => line.startsWith('-'))) return ask(breaking, commit);
  const added = toldUntil(one, 'minor');
  return changes(one, added).length > 0 ? ask('minor', added) : undefined;
}

// Sources without their history have nothing to compare with; a part of it would make everything look told of.
const history = existsSync(join(root, '.git'));
const shallow = history && git('rev-parse', '--is-shallow-repository') === 'true';
const told = history ? fresh() : new Set();

let failed = 0;
let passed = 0;
for (const one of packages) {
  const problems = one.entries.map((types) => {
    return existsSync(join(one.path, types)) ? report(one, types) : `${types} is not built`;
  });
  if (history && !shallow) problems.push(changesetProblem(one));
  for (const problem of problems.filter((text) => text !== undefined)) {
    failed += 1;
    process.stdout.write(`FAILED ${one.name}: ${problem}\n`);
  }
  passed += problems.filter((text) => text === undefined).length;
}
rmSync(work, { recursive: true, force: true });
if (!history) process.stdout.write('no history is here: changesets were not looked at\n');
if (shallow) {
  failed += 1;
  process.stdout.write(
    'FAILED this clone is shallow: changesets are looked for in the whole history (git fetch --unshallow)\n',
  );
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
