/** The host itself: Xen, dom0's daemons, node and foreign calls in dom0. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case } from '../case.js';
import { exec } from '../exec.js';
import { domains } from '../guest.js';
import type { Host } from '../host.js';
import { bareCommand, machineEnv } from '../machine.js';
import { assembleSvm } from '../native.js';
import { ensureTree } from '../packages.js';
import { PROJECT_DIR } from '../project.js';

/** `xl info` as name → value. */
async function xlInfo(host: Host): Promise<ReadonlyMap<string, string>> {
  const rows = (await host.must('xl info')).split('\n').map((row) => row.split(/\s*:\s*/, 2));
  return new Map(rows.map(([name = '', value = '']) => [name.trim(), value]));
}

async function bootsXen({ host }: { host: Host }): Promise<void> {
  const info = await xlInfo(host);
  equal(info.get('xen_major'), '4');
  equal(info.get('xen_minor'), '17');
  equal((await host.must('cat /proc/xen/capabilities')).trim(), 'control_d');
  deepEqual([...(await domains(host)).keys()], []);
}

/** Foreign calls need koffi's own addon to load with dom0's C library, and libxenctrl to open the hypercall device. */
const OPEN_XEN = `
import { createRequire } from 'node:module';
const koffi = createRequire('${PROJECT_DIR}/node_modules/')('koffi');
const xc = koffi.load('libxenctrl.so.4.17');
const open = xc.func('void *xc_interface_open(void *logger, void *dombuild_logger, unsigned int flags)');
const version = xc.func('int xc_version(void *xch, int cmd, void *arg)');
console.log((version(open(null, null, 0), 0, null) >>> 16) + '.' + (version(open(null, null, 0), 0, null) & 0xffff));
`;

/** The rig's own health on each of its machines. */
export const hostCases: readonly Case[] = [
  {
    name: 'Xen 4.17 boots and dom0 controls it',
    run: async ({ host }) => {
      await bootsXen({ host });
      const info = await xlInfo(host);
      match(info.get('virt_caps') ?? '', /\bpv hvm hap\b/);
      const restMib = Number(info.get('total_memory')) - 2048;
      const freeMib = Number(info.get('free_memory'));
      ok(freeMib > restMib * 0.9 && freeMib < restMib, `${String(freeMib)} MiB free of ${String(restMib)} beside dom0`);
      equal((await host.must('nproc')).trim(), '1');
      await host.must('pgrep -x xenstored && pgrep -x xenconsoled');
    },
  },
  {
    name: 'the emulator delivers an interrupt that is injected into an HVM guest once',
    run: async () => {
      const tree = await ensureTree(() => undefined);
      const command = bareCommand(tree, await assembleSvm());
      const printed = await exec(...command, { env: machineEnv(tree), timeoutMs: 120_000 });
      equal(printed.toString(), '11111111', 'how often the handler was entered in each round');
    },
  },
  {
    name: 'node in dom0 is the one that runs the tests',
    run: async ({ host }) => {
      equal((await host.must('node -p process.version')).trim(), process.version);
    },
  },
  {
    name: 'koffi calls libxenctrl in dom0',
    run: async ({ host }) => {
      equal((await host.must('cat > /tmp/open-xen.mjs; node /tmp/open-xen.mjs', { input: OPEN_XEN })).trim(), '4.17');
    },
  },
  {
    name: 'Xen 4.17 boots with two dom0 vcpus',
    machine: 'twoVcpus',
    run: async ({ host }) => {
      await bootsXen({ host });
      equal((await host.must('nproc')).trim(), '2');
    },
  },
  {
    name: 'oxenstored serves the xenstore',
    machine: 'oxenstored',
    run: async ({ host }) => {
      await bootsXen({ host });
      await host.must('pgrep -x oxenstored && ! pgrep -x xenstored');
      await host.must('xenstore-write /rig/a b');
      equal((await host.must('xenstore-read /rig/a')).trim(), 'b');
    },
  },
  {
    name: 'a machine without SVM has neither HVM nor HAP',
    machine: 'noHvm',
    run: async ({ host }) => {
      await bootsXen({ host });
      match((await xlInfo(host)).get('virt_caps') ?? '', /^pv(?!.*hvm)(?!.*hap)/);
    },
  },
];
