// npm test: installs, builds, runs the tests and replays the recorded cases. Arguments go to jest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();

const work = mkdtempSync(join(tmpdir(), 'xen-image-test-'));
const report = join(work, 'jest.json');
const jest = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
);

let passed = 0;
let failed = 0;
let skipped = 0;
if (existsSync(report)) {
  const results = JSON.parse(readFileSync(report, 'utf8'));
  passed += results.numPassedTests;
  failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
  skipped += results.numPendingTests;
} else {
  failed += 1;
}
rmSync(work, { recursive: true, force: true });
if (jest.status !== 0 && failed === 0) failed += 1;

if (process.argv.length === 2) {
  const vectors = join(root, 'packages/xend-compat/test/vectors/xend-image.jsonl');
  const replay = spawnSync(process.execPath, [join(root, 'packages/cli/bin/xen-image.js'), 'replay', vectors], {
    cwd: root,
    encoding: 'utf8',
  });
  process.stdout.write(replay.stdout);
  process.stderr.write(replay.stderr);
  const counts = /(\d+) passed, (\d+) failed\s*$/.exec(replay.stdout);
  passed += Number(counts?.[1] ?? 0);
  failed += Number(counts?.[2] ?? 1);
  if (replay.status !== 0 && counts?.[2] === '0') failed += 1;
}

if (skipped > 0) process.stdout.write(`${skipped} left out: \`npx jest --verbose\` names them\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
