// node scripts/api-reports.mjs [--write] [--since REF]
// Writes down what each entry point of each package exports, in packages/*/api/*.api.md, or compares with what is written
// there. With --since, a package whose report has changed since a commit must be named in a changeset: by its size, minor for
// what was added, major (minor before 1.0) for what was changed or removed.
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

/** The largest size that changesets give a package. */
function sizeOf(name) {
  const folder = join(root, '.changeset');
  const sizes = readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .flatMap((text) => [...text.matchAll(/^['"]?([^'"\n]+)['"]?: (patch|minor|major)$/gm)])
    .filter(([, named]) => named === name)
    .map(([, , size]) => SIZES.indexOf(size));
  return Math.max(-1, ...sizes);
}

/** Whether a changed report comes with a changeset of its size. */
function changesetProblem({ path, name, version }) {
  const diff = execFileSync('git', ['diff', '--unified=0', since, '--', join(path, 'api')], {
    cwd: root,
    encoding: 'utf8',
  });
  const lines = diff.split('\n').filter((line) => /^[-+](?![-+])/.test(line) && line.slice(1).trim() !== '');
  if (lines.length === 0) return undefined;
  const breaks = lines.some((line) => line.startsWith('-'));
  const needed = breaks && !version.startsWith('0.') ? 'major' : 'minor';
  if (sizeOf(name) >= SIZES.indexOf(needed)) return undefined;
  return `what ${name} exports has changed since ${since}: add a changeset of size ${needed}`;
}

let failed = 0;
let passed = 0;
for (const one of packages) {
  const problems = one.entries.map((types) => {
    return existsSync(join(one.path, types)) ? report(one, types) : `${types} is not built`;
  });
  if (since !== undefined) problems.push(changesetProblem(one));
  for (const problem of problems.filter((text) => text !== undefined)) {
    failed += 1;
    process.stdout.write(`FAILED ${one.name}: ${problem}\n`);
  }
  passed += problems.filter((text) => text === undefined).length;
}
rmSync(work, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
