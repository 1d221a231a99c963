// A PV guest with Debian's packed kernel and a ramdisk: the first, which unpacks the kernel, and those after it.
import {
  createOurs,
  createXl,
  destroyXl,
  figure,
  guest,
  median,
  openToolstack,
  ratio,
  report,
  rounds,
} from './common.mjs';

const lines = ['type = "pv"', 'kernel = "/boot/vmlinuz"', 'ramdisk = "/boot/guest.img"', 'memory = 256'];
const { toolstack, close } = await openToolstack();
const cold = await createOurs(toolstack, guest(lines));
await toolstack.destroy(cold.domid);
const mine = [];
const theirs = [];
for (let index = -3; index < rounds; index++) {
  const ours = await createOurs(toolstack, guest(lines));
  await toolstack.destroy(ours.domid);
  if (index < 0) continue;
  const other = guest(lines);
  theirs.push(createXl(other));
  destroyXl(other);
  mine.push(ours.ms);
}
close();
report({
  'ours, the first': figure(cold.ms, 'ms'),
  'ours, those after it': figure(median(mine), 'ms'),
  'xl create -p': figure(median(theirs), 'ms'),
  'ours after the first beside xl': figure(ratio(mine, theirs), '×'),
});
