// The command itself: `xen-image create --paused` as a whole process, beside `xl create -p`.
import { rmSync, writeFileSync } from 'node:fs';
import { createXl, destroyXl, figure, guest, median, ratio, report, rounds, timed } from './common.mjs';

const lines = ['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 64'];
const turns = { node: [], start: [], whole: [], xl: [] };
for (let index = -1; index < rounds; index++) {
  const ours = guest(lines);
  const file = `/tmp/${ours.name}.cfg`;
  writeFileSync(file, ours.text);
  const node = timed(process.execPath, ['-e', '0']);
  const start = timed('xen-image', ['--version']);
  const whole = timed('xen-image', ['create', '--paused', file]);
  timed('xen-image', ['destroy', ours.name]);
  rmSync(file);
  const other = guest(lines);
  const xl = createXl(other);
  destroyXl(other);
  if (index < 0) continue;
  turns.node.push(node);
  turns.start.push(start);
  turns.whole.push(whole);
  turns.xl.push(xl);
}
const rest = turns.whole.map((ms, index) => ms - turns.start[index]);
report({
  'node -e 0': figure(median(turns.node), 'ms'),
  'xen-image --version': figure(median(turns.start), 'ms'),
  'xen-image create --paused': figure(median(turns.whole), 'ms'),
  'xl create -p': figure(median(turns.xl), 'ms'),
  'node beside xl': figure(ratio(turns.node, turns.xl), '×'),
  'the whole beside xl': figure(ratio(turns.whole, turns.xl), '×'),
  'what is not the start, beside xl': figure(ratio(rest, turns.xl), '×'),
});
