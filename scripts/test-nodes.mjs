// node scripts/test-nodes.mjs [MAJOR...]: runs the unit tests on other Node versions, 22 and 24 where none is named. The npm
// package `node` carries the binaries; its install script fetches them, so that it stands apart from `npm ci`, in .cache/.
// Ends with "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24'];

/** The binary of a Node version, installed where it is not there yet. */
function binaryOf(major) {
  const folder = join(root, '.cache', `node-${major}`);
  const binary = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
    run('npm', ['install', '--no-audit', '--no-fund', '--no-save', `node@${major}`], { cwd: folder });
  }
  return binary;
}

install();
build();
const work = mkdtempSync(join(tmpdir(), 'xen-image-nodes-'));
let passed = 0;
let failed = 0;
for (const major of versions) {
  const binary = binaryOf(major);
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const report = join(work, `${major}.json`);
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = spawnSync(
    binary,
    [...flags, join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`],
    // Commands that tests start by the name of node are of this version, too.
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PATH: `${join(binary, '..')}:${process.env.PATH}` },
    },
  );
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numRuntimeErrorTestSuites = 1,
  } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const failures = numFailedTests + numRuntimeErrorTestSuites;
  passed += numPassedTests;
  failed += failures === 0 && jest.status !== 0 ? 1 : failures;
  process.stdout.write(`Node ${version}: ${numPassedTests} passed, ${failures} failed, exit code ${jest.status}\n`);
}
rmSync(work, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
