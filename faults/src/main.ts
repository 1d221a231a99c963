import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { documentedCodes } from './codes.js';
import { watchUnhandled } from './points/failure.js';
import { runSuite, type SuiteResult } from './suite.js';
import { SUITES } from './suites.js';

/** As many suites are run side by side. */
const WORKERS = 2;
/** Failures of one suite that are shown whole. */
const MOST_SHOWN = 20;

const { values } = parseArgs({ options: { scenario: { type: 'string' }, point: { type: 'string' } } });
const chosen = SUITES.map((suite, index) => ({ suite, index })).filter(
  ({ suite }) => values.scenario === undefined || suite.name === values.scenario,
);
if (chosen.length === 0) {
  const names = SUITES.map(({ name }) => JSON.stringify(name)).sort();
  process.stderr.write(`there is no scenario ${JSON.stringify(values.scenario)}; there are ${names.join(', ')}\n`);
  process.exit(2);
}
const only = values.point === undefined ? undefined : Number(values.point);
const begun = Date.now();
const results: SuiteResult[] = [];
if (chosen.length === 1 || only !== undefined) {
  watchUnhandled();
  for (const { suite } of chosen) take(await runSuite(suite, documentedCodes(), only));
} else {
  const waiting = chosen.map(({ index }) => index);
  await Promise.all(Array.from({ length: WORKERS }, () => work(waiting)));
}
summarise();

/** One worker, which takes suites as long as there are any. */
function work(waiting: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.js', import.meta.url), { trackUnmanagedFds: false });
    const next = (): void => {
      const index = waiting.shift();
      if (index !== undefined) worker.postMessage(index);
      else
        void worker.terminate().then(() => {
          resolve();
        });
    };
    worker.on('message', (result: SuiteResult) => {
      take(result);
      next();
    });
    worker.on('error', reject);
    next();
  });
}

function take(result: SuiteResult): void {
  results.push(result);
  const { suite, tried, failed, tookMs } = result;
  const bad = failed.length === 0 ? '' : `, ${failed.length} FAILED`;
  process.stdout.write(
    `${suite.padEnd(32)} ${String(tried).padStart(6)} points in ${(tookMs / 1000).toFixed(1)} s${bad}\n`,
  );
  for (const { number, kind, name, why } of failed.slice(0, MOST_SHOWN)) {
    process.stdout.write(`  FAILED ${kind}: ${name}\n${why.replace(/^/gm, '    ')}\n`);
    process.stdout.write(`    again: npm run faults -- --scenario ${JSON.stringify(suite)} --point ${number}\n`);
  }
}

/** How many points of each kind there were, and what came of all. */
function summarise(): void {
  const kinds = new Map<string, number>();
  for (const result of results) {
    for (const [kind, count] of Object.entries(result.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  process.stdout.write('\n');
  for (const [kind, count] of kinds) process.stdout.write(`${kind.padEnd(32)} ${String(count).padStart(6)} points\n`);
  const tried = results.reduce((sum, one) => sum + one.tried, 0);
  const failed = results.reduce((sum, one) => sum + one.failed.length, 0);
  process.stdout.write(`${tried} points tried in ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);
  process.stdout.write(`${tried - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && tried > 0 ? 0 : 1;
}
