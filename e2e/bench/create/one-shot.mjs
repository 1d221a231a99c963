// The command itself: `xen-image create --paused` as a whole process, beside `xl create -p`; and where a service carries it out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createXl, destroyXl, figure, guest, median, ratio, report, rounds, timed, WARM_UP } from './common.mjs';

const lines = ['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 64'];
const turns = { node: [], start: [], whole: [], served: [], xl: [] };
const off = { ...process.env, XEN_IMAGE_SERVICE: 'off' };
const service = spawn('xen-image', ['serve', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
await once(service.stdout, 'data');
// A service runs for long, and is compiled.
for (let index = 0; index < WARM_UP; index++) {
  const { name, text } = guest(lines);
  writeFileSync('/tmp/warm.cfg', text);
  timed('xen-image', ['create', '--paused', '/tmp/warm.cfg']);
  timed('xen-image', ['destroy', name]);
}
for (let index = -1; index < rounds; index++) {
  const ours = guest(lines);
  const file = `/tmp/${ours.name}.cfg`;
  writeFileSync(file, ours.text);
  const node = timed(process.execPath, ['-e', '0']);
  const start = timed('xen-image', ['--version']);
  const whole = timed('xen-image', ['create', '--paused', file], off);
  timed('xen-image', ['destroy', ours.name], off);
  const served = timed('xen-image', ['create', '--paused', file]);
  timed('xen-image', ['destroy', ours.name]);
  rmSync(file);
  const other = guest(lines);
  const xl = createXl(other);
  destroyXl(other);
  if (index < 0) continue;
  turns.node.push(node);
  turns.start.push(start);
  turns.whole.push(whole);
  turns.served.push(served);
  turns.xl.push(xl);
}
service.kill('SIGTERM');
const rest = turns.whole.map((ms, index) => ms - turns.start[index]);
const restServed = turns.served.map((ms, index) => ms - turns.node[index]);
report({
  'node -e 0': figure(median(turns.node), 'ms'),
  'xen-image --version': figure(median(turns.start), 'ms'),
  'xen-image create --paused': figure(median(turns.whole), 'ms'),
  'xl create -p': figure(median(turns.xl), 'ms'),
  'node beside xl': figure(ratio(turns.node, turns.xl), '×'),
  'the whole beside xl': figure(ratio(turns.whole, turns.xl), '×'),
  'the same, where xen-image serve runs': figure(median(turns.served), 'ms'),
  'that beside xl': figure(ratio(turns.served, turns.xl), '×'),
  'that without the start, beside xl': figure(ratio(restServed, turns.xl), '×'),
  'what is not the start, beside xl': figure(ratio(rest, turns.xl), '×'),
});
