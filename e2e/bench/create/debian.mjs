// A PV guest with Debian's packed kernel and a ramdisk: the first, which unpacks the kernel, and those after it.
import { figure, inTurns, median, ratio, report } from './common.mjs';

const lines = ['type = "pv"', 'kernel = "/boot/vmlinuz"', 'ramdisk = "/boot/guest.img"', 'memory = 256'];
const { mine, theirs, cold } = await inTurns(lines, { warmUp: 4 });
report({
  'ours, the first': figure(cold, 'ms'),
  'ours, those after it': figure(median(mine), 'ms'),
  'xl create -p': figure(median(theirs), 'ms'),
  'ours after the first beside xl': figure(ratio(mine, theirs), '×'),
});
