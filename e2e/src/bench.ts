/** Measures on a real Xen: `node e2e/dist/bench.js [--rounds N] [NAME]...`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootHost, type Host } from './host.js';
import { compile } from './native.js';
import { ensureTree } from './packages.js';
import { E2E_DIR, REPO_DIR } from './paths.js';
import { installedProject, PROJECT_DIR } from './project.js';

const USAGE = `usage: npm run bench:xen [-- [--rounds N] [NAME]...]

Boots Xen and a dom0 under QEMU, measures there beside xl and libxenstore, prints the figures and writes them to
bench/results/xen.json after each, with the seconds it took and the load of this machine: figures count where nothing else
runs. It fails only when something cannot run. Names: small-pv hvm debian growth one-shot event-loop xenstore; all without
any, which takes a quarter of an hour.

  --rounds N     turns of each; 10 when not given
`;

type Figures = Readonly<Record<string, { readonly value: number; readonly unit: string }>>;

const CREATES = ['small-pv', 'hvm', 'debian', 'growth', 'one-shot', 'event-loop'] as const;
/** Time for one benchmark, in milliseconds. */
const LONGEST_MS = 1_200_000;
/** Room for 120 guests of 32 MiB beside dom0. */
const MACHINE = { memoryMib: 8192, dom0MemoryMib: 2048, parallelCpus: true };

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '10' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    say(USAGE);
    return;
  }
  const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
  const project = await installedProject(say);
  const directory = join(REPO_DIR, 'bench', 'results');
  await mkdir(directory, { recursive: true });
  const results: Record<string, Figures> = {};
  const circumstances: Record<string, { readonly seconds: number; readonly load: number }> = {};
  const measure = async (host: Host, name: string, command: string): Promise<void> => {
    const started = performance.now();
    const figures = JSON.parse(await host.must(command, { timeoutMs: LONGEST_MS })) as Figures;
    results[name] = figures;
    const [load = 0] = loadavg();
    circumstances[name] = { seconds: Math.round((performance.now() - started) / 1000), load: Number(load.toFixed(1)) };
    const all = { node: process.version, circumstances, ...results };
    await writeFile(join(directory, 'xen.json'), `${JSON.stringify(all, null, 2)}\n`);
    say(name);
    for (const [label, { value, unit }] of Object.entries(figures)) {
      say(`  ${label.padEnd(58)} ${String(value).padStart(12)} ${unit}`);
    }
  };
  for (const dom0Vcpus of [1, 2]) {
    const creates = dom0Vcpus === 1 ? CREATES.filter(wanted) : [];
    if (creates.length === 0 && !wanted('xenstore')) continue;
    const host = await bootHost({ name: `bench-${String(process.pid)}`, log: say, ...MACHINE, dom0Vcpus });
    try {
      await host.push(project, PROJECT_DIR);
      await host.push(join(E2E_DIR, 'bench'), `${PROJECT_DIR}/bench`);
      const tree = await ensureTree(say);
      const floor = await compile(tree, { name: 'create-floor', libraries: ['xenctrl', 'xenguest'] });
      await host.push(floor, `${PROJECT_DIR}/bench/create-floor`);
      await host.must(`ln -sf ${PROJECT_DIR}/node_modules/.bin/xen-image /usr/local/bin/xen-image`);
      for (const name of creates) {
        await measure(host, name, `node --expose-gc ${PROJECT_DIR}/bench/create/${name}.mjs ${values.rounds}`);
      }
      if (!wanted('xenstore')) continue;
      await host.push(await compile(tree, { name: 'libxenstore-turns', libraries: ['xenstore'] }), '/root/turns');
      const turns = String(6 * Number(values.rounds));
      const bench = `node ${PROJECT_DIR}/bench/xenstore/bench.mjs /root/turns 0 ${turns}`;
      await measure(host, `xenstore, dom0 with ${String(dom0Vcpus)} vcpu`, bench);
    } finally {
      await host.close();
    }
  }
}

await main();
