// 120 PV guests of 32 MiB, one beside the other: what the last costs beside the first, ours and xl's, and which phases of
// ours grow; and the memory of our process from the 20th to the last, after garbage collection: objects, and the code that the
// engine compiles as long as a program is young. Run with --expose-gc.
import { getHeapCodeStatistics } from 'node:v8';
import {
  createOurs,
  createXl,
  destroyXl,
  figure,
  guest,
  median,
  openToolstack,
  report,
  rounds,
  warm,
} from './common.mjs';

const COUNT = rounds < 10 ? 30 : 120;
const ENDS = 10;
const lines = ['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 32'];

const first = (values) => median(values.slice(0, ENDS));
const last = (values) => median(values.slice(-ENDS));
const growth = (values) => last(values) / first(values);

/** How much a value grows with each step, by least squares. */
function slope(values) {
  const x = (values.length - 1) / 2;
  const y = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  values.forEach((value, index) => {
    above += (index - x) * (value - y);
    below += (index - x) ** 2;
  });
  return above / below;
}

/** Milliseconds of each phase of a create, by when the next one begins; `plan` is what comes before the first. */
function phaseClock() {
  const began = [['plan', performance.now()]];
  return {
    onProgress: ({ phase, step }) => {
      if (phase === step && began.at(-1)[0] !== phase) began.push([phase, performance.now()]);
    },
    end: () => began.map(([phase, at], index) => [phase, (began[index + 1]?.[1] ?? performance.now()) - at]),
  };
}

/** KiB of objects and of compiled code. What one collection finds to be finalised, the next one frees. */
async function memoryKib() {
  for (let pass = 0; pass < 2; pass++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  const { code_and_metadata_size: machine, bytecode_and_metadata_size: bytes } = getHeapCodeStatistics();
  const code = machine + bytes;
  return { objects: (heapUsed + external - code) / 1024, code: code / 1024 };
}

const { toolstack, close } = await openToolstack();
await warm(toolstack);
const mine = [];
const phases = new Map();
const domids = [];
const memory = [];
for (let index = 0; index < COUNT; index++) {
  const clock = phaseClock();
  const { ms, domid } = await createOurs(toolstack, guest(lines), { onProgress: clock.onProgress });
  for (const [phase, took] of clock.end()) phases.set(phase, [...(phases.get(phase) ?? []), took]);
  mine.push(ms);
  domids.push(domid);
  if (index % 10 === 9 && index >= 19) memory.push(await memoryKib());
}
for (const domid of domids) await toolstack.destroy(domid);
close();

const theirs = [];
const others = [];
for (let index = 0; index < COUNT; index++) {
  others.push(guest(lines));
  theirs.push(createXl(others.at(-1)));
}
for (const other of others) destroyXl(other);

report({
  [`ours, the first ${ENDS}`]: figure(first(mine), 'ms'),
  [`ours, the last ${ENDS} of ${COUNT}`]: figure(last(mine), 'ms'),
  'ours, growth': figure(growth(mine), '×'),
  ...Object.fromEntries(
    [...phases].map(([phase, values]) => [`ours, growth of ${phase}`, figure(last(values) - first(values), 'ms')]),
  ),
  [`xl create -p, the first ${ENDS}`]: figure(first(theirs), 'ms'),
  [`xl create -p, the last ${ENDS} of ${COUNT}`]: figure(last(theirs), 'ms'),
  'xl create -p, growth': figure(growth(theirs), '×'),
  'objects of our process, for each domain from the 20th on': figure(
    slope(memory.map(({ objects }) => objects)) / 10,
    'KiB',
  ),
  'compiled code, for each domain from the 20th on': figure(slope(memory.map(({ code }) => code)) / 10, 'KiB'),
});
