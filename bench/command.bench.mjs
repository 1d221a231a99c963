// How long the command takes beside node that does nothing, in the same run: A B C A B C …
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { figure, median, report, short } from './figures.mjs';

const command = fileURLToPath(new URL('../packages/cli/bin/xen-image.js', import.meta.url));
const guest = fileURLToPath(new URL('../examples/guests/pv.cfg', import.meta.url));
const runs = {
  node: ['-e', '0'],
  version: [command, '--version'],
  plan: [command, 'plan', guest],
};

function time(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return performance.now() - started;
}

const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
for (let index = 0; index < (short ? 5 : 25); index++) {
  for (const [name, args] of Object.entries(runs)) times[name].push(time(args));
}
const ratio = (name) => median(times[name].map((value, index) => value / times.node[index]));
report({
  'node -e 0': figure(median(times.node), 'ms'),
  'xen-image --version': figure(median(times.version), 'ms'),
  'xen-image plan of a small guest': figure(median(times.plan), 'ms'),
  '--version beside node -e 0': figure(ratio('version'), '×'),
  'plan beside node -e 0': figure(ratio('plan'), '×'),
});
