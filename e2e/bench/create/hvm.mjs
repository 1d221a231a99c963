// An HVM guest of 64 MiB with its device model, created paused by a running process, beside `xl create -p`.
import { figure, inTurns, median, ratio, report, WARM_UP } from './common.mjs';

const { mine, theirs } = await inTurns(['type = "hvm"', 'kernel = "/boot/tiny"', 'memory = 64', 'vnc = 0'], {
  warmUp: 4,
  warmUpSmall: WARM_UP,
});
report({
  'ours, from the text on': figure(median(mine), 'ms'),
  'xl create -p': figure(median(theirs), 'ms'),
  'ours beside xl': figure(ratio(mine, theirs), '×'),
});
