/** The third party's PVH handler of `examples/`, added to the command by one line of configuration. */
import { equal, match, ok } from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case, CaseTools } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { exec } from '../exec.js';
import { consoleLog, domains, factsOf, untilPrinted } from '../guest.js';
import { shellQuote, type Host } from '../host.js';
import { REPO_DIR } from '../paths.js';
import { PROJECT_DIR } from '../project.js';

/** Where dom0 has the plugin: below the installed packages, whose entry points it imports. */
const PLUGIN_DIR = `${PROJECT_DIR}/example-pvh`;
const LIST = `${PLUGIN_DIR}/xen-image.config.json`;

/** Compiles the example, and puts it into dom0 with the file that lists it. */
async function installPlugin(host: Host): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'xen-image-pvh-'));
  try {
    const example = join(REPO_DIR, 'examples/handler-x86-pvh');
    const compiler = join(REPO_DIR, 'node_modules/typescript/bin/tsc');
    await exec(process.execPath, [compiler, '-p', example, '--outDir', out, '--declaration', 'false']);
    await host.must(`mkdir -p ${PLUGIN_DIR}`);
    await host.must(`cat > ${PLUGIN_DIR}/package.json`, { input: '{ "type": "module" }\n' });
    for (const file of (await readdir(out)).filter((name) => name.endsWith('.js'))) {
      await host.must(`cat > ${PLUGIN_DIR}/${file}`, { input: await readFile(join(out, file), 'utf8') });
    }
    await host.must(`cat > ${LIST}`, { input: '{ "plugins": ["./index.js"] }\n' });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** A PVH guest's whole life; answers the facts that it printed. */
async function pvhLife(tools: CaseTools, name: string, vcpus: number): Promise<Readonly<Record<string, string>>> {
  const { host } = tools;
  await installPlugin(host);
  const config = `/root/${name}.cfg`;
  const lines = [
    `name = "${name}"`,
    'type = "pvh"',
    'memory = 192',
    `vcpus = ${String(vcpus)}`,
    'kernel = "/boot/vmlinux"',
    'ramdisk = "/boot/guest.img"',
    'extra = "console=hvc0 quiet"',
  ];
  await host.must(`cat > ${shellQuote(config)}`, { input: `${lines.join('\n')}\n` });
  const before = await settledState(host);
  await host.must(`xen-image create --config ${LIST} ${config}`, { timeoutMs: 180_000 });
  ok((await domains(host)).has(name), `xl list does not show ${name}`);
  const printed = await untilPrinted(tools, consoleLog({ name, type: 'pv' }), 'GUEST-UP', 240_000);
  await host.must(`xen-image destroy ${name}`);
  await untilAsBefore(host, before);
  return factsOf(printed);
}

export const thirdPartyCases: readonly Case[] = [
  {
    name: 'a third party’s PVH guest of one vcpu boots Debian to userland, and is gone',
    timeoutMs: 420_000,
    async run(tools) {
      const facts = await pvhLife(tools, tools.fresh('pvh'), 1);
      equal(facts['guest_type'], 'PVH');
      equal(facts['cpus'], '1');
    },
  },
  {
    name: 'a third party’s PVH guest of two vcpus has both, by its own MADT',
    timeoutMs: 420_000,
    async run(tools) {
      equal((await pvhLife(tools, tools.fresh('pvh'), 2))['cpus'], '2');
    },
  },
  {
    name: 'a third party’s plugin is listed with where it comes from',
    async run({ host }) {
      await installPlugin(host);
      match(await host.must(`xen-image handlers --config ${LIST}`), /^x86 +pvh +xen-image-example-pvh 0\.1\.0 /m);
    },
  },
];
