/** Soaks a real Xen under QEMU: `node e2e/dist/soak.js --seconds N`. Prints what it found as JSON. */
import { parseArgs } from 'node:util';
import { bootHost } from './host.js';
import { installedProject, PROJECT_DIR } from './project.js';
import { soak } from './soaking.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const project = await installedProject(log);
const host = await bootHost({ name: `soak-${String(process.pid)}`, log });
try {
  await host.push(project, PROJECT_DIR);
  process.stdout.write(`${JSON.stringify(await soak(host, Number(values.seconds)))}\n`);
} finally {
  await host.close();
}
