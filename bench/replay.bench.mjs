// The replay of the recorded cases, as text to verdict: a case being parsed, resolved, planned, executed on recording
// ports and compared. Nothing is kept between passes.
import { readFileSync } from 'node:fs';
import { replayCases } from '@xen-image/xend-compat';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import ia64 from '@xen-image/handler-ia64';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { figure, median, peakMemory, report, short } from './figures.mjs';

const text = readFileSync(new URL('../packages/xend-compat/test/vectors/xend-image.jsonl', import.meta.url), 'utf8');
const plugins = [pv, hvm, ia64, qemuDialectsPlugin];

async function pass() {
  const started = performance.now();
  const { passed, failed } = await replayCases(text, { plugins });
  if (failed > 0) throw new Error(`${failed} cases failed`);
  return ((performance.now() - started) * 1000) / (passed + failed);
}

const cold = await pass();
const passes = [];
for (let index = 0; index < (short ? 5 : 20); index++) passes.push(await pass());

// How long the machine takes to parse the same text alone: what drifts with the machine drifts with it.
const parses = Array.from({ length: 5 }, () => {
  const started = performance.now();
  for (const line of text.split('\n')) if (line !== '') JSON.parse(line);
  return ((performance.now() - started) * 1000) / 534;
});

report({
  'cold first pass, per case': figure(cold, 'µs'),
  'per case, median of the passes after it': figure(median(passes), 'µs'),
  'per case, fastest pass': figure(Math.min(...passes), 'µs'),
  'JSON.parse of a case alone': figure(median(parses), 'µs'),
  'peak memory of the process': peakMemory(),
});
