// A PV guest of 64 MiB with GRUB's small kernel, created paused by a running process, beside `xl create -p`.
import { figure, inTurns, median, ratio, report } from './common.mjs';

const { mine, theirs } = await inTurns(['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 64']);
report({
  'ours, from the text on': figure(median(mine), 'ms'),
  'xl create -p': figure(median(theirs), 'ms'),
  'ours beside xl': figure(ratio(mine, theirs), '×'),
});
