// The simulated host's cost of a domain, created and destroyed, while 10, 100, 1,000 and 5,000 others run; and the memory of
// this process with all of them.
import { Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import pv from '@xen-image/handler-x86-pv';
import { openSimulator } from '@xen-image/xen-sim';
import { figure, median, peakMemory, report, short } from './figures.mjs';

const simulator = openSimulator({
  files: { '/boot/vmlinuz': 'file' },
  host: { memoryKib: 4 * 1024 ** 3 },
});
const toolstack = new Toolstack({ plugins: [pv, qemuDialectsPlugin, simulator.plugin] });
const text = (name) => `name = "${name}"\nmemory = 512\nkernel = "/boot/vmlinuz"\n`;
const plan = (name) => toolstack.plan({ text: text(name) });

globalThis.gc();
const before = process.memoryUsage().heapUsed;
const figures = {};

/** Creates and destroys one domain after the other: medians of both, in µs. */
async function cycle(times) {
  const creates = [];
  const destroys = [];
  for (let index = 0; index < times; index++) {
    const one = await plan(`probe${index}`);
    const started = performance.now();
    await toolstack.create(one);
    const created = performance.now();
    await toolstack.destroy(`probe${index}`);
    creates.push((created - started) * 1000);
    destroys.push((performance.now() - created) * 1000);
  }
  return { create: median(creates), destroy: median(destroys) };
}

await cycle(short ? 50 : 300); // the compiler's time is no domain's
let running = 0;
for (const count of [10, 100, 1000, 5000]) {
  for (; running < count; running++) await toolstack.create(await plan(`guest${running}`));
  const { create, destroy } = await cycle(short ? 20 : 200);
  figures[`create a domain beside ${count}`] = figure(create, 'µs');
  figures[`destroy a domain beside ${count}`] = figure(destroy, 'µs');
}
globalThis.gc();
figures['memory for each of 5,000 domains'] = figure((process.memoryUsage().heapUsed - before) / 1024 / running, 'KiB');
figures['peak memory of the process'] = peakMemory();
report(figures);
