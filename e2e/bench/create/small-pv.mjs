// A PV guest of 64 MiB with GRUB's small kernel, created paused by a running process, beside `xl create -p`, and beside the
// floor: the same calls and requests by a C program.
import {
  createXl,
  destroyXl,
  createOurs,
  figure,
  guest,
  median,
  openToolstack,
  ratio,
  report,
  rounds,
  warm,
} from './common.mjs';
import { openFloor } from './floor.mjs';

const kernel = '/boot/grub-pv';
const memoryMib = 64;
const lines = ['type = "pv"', `kernel = "${kernel}"`, `memory = ${memoryMib}`];

const { toolstack, close } = await openToolstack();
await warm(toolstack);
const floor = await openFloor(toolstack, lines, { kernel, memoryMib });
const times = { ours: [], floor: [], xl: [] };
for (let index = -1; index < rounds; index++) {
  const ours = await createOurs(toolstack, guest(lines));
  await toolstack.destroy(ours.domid);
  const least = await floor.create();
  await floor.destroy();
  const other = guest(lines);
  const xl = createXl(other);
  destroyXl(other);
  if (index < 0) continue;
  times.ours.push(ours.ms);
  times.floor.push(least);
  times.xl.push(xl);
}
floor.close();
close();
report({
  'ours, from the text on': figure(median(times.ours), 'ms'),
  'xl create -p': figure(median(times.xl), 'ms'),
  'the same calls and requests by a C program': figure(median(times.floor), 'ms'),
  'requests to xenstore': figure(floor.requests, ''),
  'ours beside xl': figure(ratio(times.ours, times.xl), '×'),
  'the C program beside xl': figure(ratio(times.floor, times.xl), '×'),
  'ours beside the C program': figure(ratio(times.ours, times.floor), '×'),
});
