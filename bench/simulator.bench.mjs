// The simulated host's cost of a domain, created and destroyed, while 10, 100 and 1,000 others run; and the memory of
// this process with a thousand.
import { Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import pv from '@xen-image/handler-x86-pv';
import { openSimulator } from '@xen-image/xen-sim';
import { figure, median, peakMemory, report, short } from './figures.mjs';

const simulator = openSimulator({
  files: { '/boot/vmlinuz': 'file' },
  host: { memoryKib: 1024 ** 3 },
});
const toolstack = new Toolstack({ plugins: [pv, qemuDialectsPlugin, simulator.plugin] });
const text = (name) => `name = "${name}"\nmemory = 512\nkernel = "/boot/vmlinuz"\n`;
const plan = (name) => toolstack.plan({ text: text(name) });

globalThis.gc();
const before = process.memoryUsage().heapUsed;
const figures = {};
let running = 0;
for (const count of [10, 100, 1000]) {
  for (; running < count; running++) await toolstack.create(await plan(`guest${running}`));
  const samples = [];
  for (let index = 0; index < (short ? 20 : 100); index++) {
    const one = await plan(`probe${index}`);
    const started = performance.now();
    await toolstack.create(one);
    samples.push((performance.now() - started) * 1000);
    await toolstack.destroy(`probe${index}`);
  }
  figures[`create a domain beside ${count}`] = figure(median(samples), 'µs');
}
globalThis.gc();
figures['memory for each of 1,000 domains'] = figure((process.memoryUsage().heapUsed - before) / 1024 / running, 'KiB');
figures['peak memory of the process'] = peakMemory();
report(figures);
