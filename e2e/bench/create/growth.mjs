// 120 PV guests of 32 MiB, one beside the other: what the last costs beside the first, ours and xl's; and the memory of
// our process from the 20th to the last, after garbage collection. Run with --expose-gc.
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
  WARM_UP,
} from './common.mjs';

const COUNT = rounds < 10 ? 30 : 120;
const ENDS = 10;
const lines = ['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 32'];

const growth = (values) => median(values.slice(-ENDS)) / median(values.slice(0, ENDS));

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

const { toolstack, close } = await openToolstack();
for (let index = 0; index < WARM_UP; index++) {
  await toolstack.destroy((await createOurs(toolstack, guest(lines))).domid);
}
const mine = [];
const domids = [];
const heapKib = [];
for (let index = 0; index < COUNT; index++) {
  const { ms, domid } = await createOurs(toolstack, guest(lines));
  mine.push(ms);
  domids.push(domid);
  globalThis.gc();
  if (index >= 20) heapKib.push(process.memoryUsage().heapUsed / 1024);
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
  [`ours, the first ${ENDS}`]: figure(median(mine.slice(0, ENDS)), 'ms'),
  [`ours, the last ${ENDS} of ${COUNT}`]: figure(median(mine.slice(-ENDS)), 'ms'),
  'ours, growth': figure(growth(mine), '×'),
  [`xl create -p, the first ${ENDS}`]: figure(median(theirs.slice(0, ENDS)), 'ms'),
  [`xl create -p, the last ${ENDS} of ${COUNT}`]: figure(median(theirs.slice(-ENDS)), 'ms'),
  'xl create -p, growth': figure(growth(theirs), '×'),
  'heap of our process, for each domain from the 20th on': figure(slope(heapKib), 'KiB'),
});
