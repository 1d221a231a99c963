// npm run soak [-- --seconds N] [--xen]: creates and destroys guests without pause, on the simulator or (--xen) on a real
// Xen under QEMU, and fails when anything is left or grows. A minute where no time is given.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, install, root } from './setup.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, xen: { type: 'boolean', default: false } },
});
if (!(Number(values.seconds) >= 10)) {
  process.stderr.write(`--seconds ${values.seconds}: give 10 or more\n`);
  process.exit(2);
}

install();
build();

const program = values.xen ? join(root, 'e2e/dist/soak.js') : join(root, 'soak/simulator.mjs');
const ran = spawnSync(process.execPath, ['--expose-gc', program, '--seconds', values.seconds], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (ran.status !== 0) process.exit(ran.status ?? 1);

const { seconds, domains, perSecond, rows } = JSON.parse(ran.stdout.trim().split('\n').at(-1));
const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 1 });
process.stdout.write(`${number(domains)} domains in ${number(seconds)} s, ${number(perSecond)} a second\n`);
process.stdout.write(
  `  ${'after garbage collection'.padEnd(30)}${'first'.padStart(14)}${'last'.padStart(14)}  per 1,000\n`,
);
for (const { name, first, last, growth, flat } of rows) {
  const line = `  ${name.padEnd(30)}${number(first).padStart(14)}${number(last).padStart(14)}${number(growth).padStart(11)}`;
  process.stdout.write(`${line}${flat ? '' : '  GROWS'}\n`);
}
const failed = rows.filter(({ flat }) => !flat).length;
process.stdout.write(`${rows.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
