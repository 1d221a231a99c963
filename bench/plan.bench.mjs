// Plans per second, from text and from a reading, and what it takes to resolve a handler.
import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import { planImage, Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { openSimulator } from '@xen-image/xen-sim';
import { figure, report, short } from './figures.mjs';

const guest = (name) => readFileSync(new URL(`../examples/guests/${name}.cfg`, import.meta.url), 'utf8');
const simulator = openSimulator();
const toolstack = new Toolstack({ plugins: [pv, hvm, qemuDialectsPlugin, simulator.plugin] });
const host = await toolstack.hostFacts();
const profile = toolstack.registry.profile('modern');
const { registry } = toolstack;
const texts = { PV: guest('pv'), HVM: guest('hvm') };

const bench = new Bench({ time: short ? 200 : 1000 });
for (const [kind, text] of Object.entries(texts)) {
  const reading = profile.readText({ text, host });
  bench.add(`${kind} from text`, () =>
    planImage({ registry, profile, reading: profile.readText({ text, host }), host }),
  );
  bench.add(`${kind} from a reading`, () => planImage({ registry, profile, reading, host }));
}
bench.add('resolve', () => registry.resolve('x86', 'pv'));
await bench.run();

const figures = {};
for (const { name, result } of bench.tasks) {
  if (result.error) throw result.error;
  figures[name === 'resolve' ? 'resolve a handler' : `plans of ${name}`] =
    name === 'resolve' ? figure(result.latency.p50 * 1e6, 'ns') : figure(1000 / result.latency.p50, 'per second');
}
report(figures);
