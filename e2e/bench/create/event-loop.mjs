// How long the event loop is kept from its timers while ten guests are created at once, beside an idle process.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createOurs, figure, guest, openToolstack, report, warm } from './common.mjs';

const lines = ['type = "pv"', 'kernel = "/boot/vmlinuz"', 'ramdisk = "/boot/guest.img"', 'memory = 128'];

/** The 99th percentile of the delay while something is done, in milliseconds. */
async function delayMs(work) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

const { toolstack, close } = await openToolstack();
await warm(toolstack);
const idle = await delayMs(() => new Promise((resolve) => setTimeout(resolve, 5000)));
let created = [];
const busy = await delayMs(async () => {
  created = await Promise.all(Array.from({ length: 10 }, () => createOurs(toolstack, guest(lines))));
});
for (const { domid } of created) await toolstack.destroy(domid);
close();
report({
  'delay of an idle process, 99th percentile': figure(idle, 'ms'),
  'while ten guests are created': figure(busy, 'ms'),
  'beyond the idle one': figure(busy - idle, 'ms'),
  'the slowest of the ten': figure(Math.max(...created.map(({ ms }) => ms)), 'ms'),
});
