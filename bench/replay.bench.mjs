// The replay of the recorded cases, as text to verdict: a case being parsed, resolved, planned, executed on recording
// ports and compared. Nothing is kept between passes.
import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import { replayCases } from '@xen-image/xend-compat';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import ia64 from '@xen-image/handler-ia64';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { figure, median, peakMemory, report, short } from './figures.mjs';

const text = readFileSync(new URL('../packages/xend-compat/test/vectors/xend-image.jsonl', import.meta.url), 'utf8');
const cases = text.split('\n').filter((line) => line !== '');
const plugins = [pv, hvm, ia64, qemuDialectsPlugin];

async function pass() {
  const { failed } = await replayCases(text, { plugins });
  if (failed > 0) throw new Error(`${failed} cases failed`);
}

async function timed(run) {
  const started = performance.now();
  await run();
  return perCase(performance.now() - started);
}

/** µs for each case, from ms for all of them. */
function perCase(ms) {
  return (ms * 1000) / cases.length;
}

const passes = short ? 5 : 20;
const cold = await timed(pass);
const early = [];
for (let index = 0; index < passes; index++) early.push(await timed(pass));

// The passes before were the warm-up: a compiler at work on the other core is no part of a case's cost.
const bench = new Bench({ iterations: passes, time: 0, warmup: false });
bench.add('replay', pass);
await bench.run();
const warm = bench.tasks[0].result.latency;

// How long the machine takes to parse the same text alone: what drifts with the machine drifts with it.
const parses = [];
for (let index = 0; index < 5; index++) {
  parses.push(
    await timed(() => {
      for (const line of cases) JSON.parse(line);
    }),
  );
}

report({
  'cold first pass, per case': figure(cold, 'µs'),
  [`passes 2 to ${passes + 1}, while the program warms up: median per case`]: figure(median(early), 'µs'),
  [`${passes} passes after those: median per case`]: figure(perCase(warm.p50), 'µs'),
  [`${passes} passes after those: the fastest, per case`]: figure(perCase(warm.min), 'µs'),
  'JSON.parse of a case alone': figure(median(parses), 'µs'),
  'peak memory of the process': peakMemory(),
});
