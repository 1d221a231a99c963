// npm run bench [-- --short] [NAME…]: runs the benchmarks of bench/, prints their figures and writes them as JSON to
// bench/results/. It fails when one cannot run, and when a figure is over its bound.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();

const words = process.argv.slice(2);
const short = words.includes('--short');
const names = words.filter((word) => !word.startsWith('--'));
const results = { node: process.version, cpus: cpus().length, short, benches: {} };
let failed = 0;

for (const file of readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.bench.mjs'))
  .sort()) {
  const name = file.slice(0, -'.bench.mjs'.length);
  if (names.length > 0 && !names.includes(name)) continue;
  const ran = spawnSync(process.execPath, ['--expose-gc', join(root, 'bench', file), ...(short ? ['--short'] : [])], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(`${name}\n`);
  if (ran.status !== 0) {
    failed += 1;
    process.stdout.write(`${ran.stdout}  could not run (exit ${String(ran.status)})\n`);
    continue;
  }
  const figures = JSON.parse(ran.stdout);
  results.benches[name] = figures;
  for (const [label, { value, unit, most = Infinity }] of Object.entries(figures)) {
    const over = value <= most ? '' : `  FAILED: at most ${most}`;
    if (over !== '') failed += 1;
    process.stdout.write(`  ${label.padEnd(58)} ${String(value).padStart(12)} ${unit}${over}\n`);
  }
}

mkdirSync(join(root, 'bench/results'), { recursive: true });
writeFileSync(join(root, 'bench/results/bench.json'), `${JSON.stringify(results, null, 2)}\n`);
process.exitCode = failed === 0 ? 0 : 1;
