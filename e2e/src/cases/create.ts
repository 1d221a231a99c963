/** Guests created by our own command, judged by what they print, by the hypervisor and by xl. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { consoleLog, domains, factsOf, serialLog, untilGone, untilPrinted, xlCreate } from '../guest.js';
import type { Host } from '../host.js';

interface Guest {
  readonly name: string;
  readonly type: 'pv' | 'hvm';
  readonly memoryMib: number;
  readonly lines?: readonly string[];
  readonly extra?: string;
}

function config({ name, type, memoryMib, lines = [], extra = '' }: Guest): string {
  const hvm = type === 'hvm';
  return [
    `name = "${name}"`,
    `type = "${type}"`,
    `memory = ${String(memoryMib)}`,
    `kernel = "${hvm ? '/boot/vmlinuz' : '/boot/vmlinux'}"`,
    'ramdisk = "/boot/guest.img"',
    `extra = "console=${hvm ? 'ttyS0' : 'hvc0'} quiet ${extra}"`,
    ...(hvm ? ['vnc = 0', `serial = "file:${serialLog(name)}"`] : []),
    ...lines,
    '',
  ].join('\n');
}

async function put(host: Host, guest: Guest): Promise<string> {
  const path = `/root/${guest.name}.cfg`;
  await host.must(`cat > ${path}`, { input: config(guest) });
  return path;
}

/** What a host must look like again: its free memory, its domains, its store, its device models. */
async function stateOf(host: Host): Promise<Record<string, string>> {
  const listed = await host.must('xl list | tail -n +2 | awk "{print \\$1, \\$2}"');
  const store = await host.must(
    "xenstore-ls -f | grep -E '^/(vm/|local/domain/[1-9]|local/domain/0/device-model/|xen-image/name/)' || true",
  );
  const processes = await host.must("ps -eo args | grep '[x]en-qemu-system' || true");
  const free = await host.must("xl info | sed -n 's/^free_memory *: //p'");
  return { listed: listed.trim(), store: store.trim(), processes: processes.trim(), freeMib: free.trim() };
}

async function create(tools: CaseTools, guest: Guest, args = ''): Promise<void> {
  await tools.host.must(`xen-image create ${args} ${await put(tools.host, guest)}`);
}

async function livesAndGoes(
  tools: CaseTools,
  guest: Guest,
  timeoutMs = 100_000,
): Promise<Readonly<Record<string, string>>> {
  const before = await stateOf(tools.host);
  await create(tools, guest);
  ok((await domains(tools.host)).has(guest.name), 'xl list does not show it');
  const facts = factsOf(await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', timeoutMs));
  await tools.host.must(`xen-image destroy ${guest.name}`);
  deepEqual(await stateOf(tools.host), before);
  equal(facts['hypervisor'], 'xen');
  return facts;
}

/** The coded error that a create must end with, and a host as it was. */
async function refused(tools: CaseTools, guest: Guest, code: string): Promise<string> {
  const before = await stateOf(tools.host);
  const path = await put(tools.host, guest);
  const { exitCode, stdout } = await tools.host.run(`xen-image create --json ${path}`);
  equal(exitCode, 1, stdout);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  equal(error.code, code, stdout);
  deepEqual(await stateOf(tools.host), before);
  return error.message;
}

/** What our own command makes of guests. */
export const createCases: readonly Case[] = [
  {
    name: 'our PV guest comes up to userland and leaves nothing when it is destroyed',
    run: async (tools) => {
      const facts = await livesAndGoes(tools, {
        name: tools.fresh('opv'),
        type: 'pv',
        memoryMib: 128,
        lines: ['vcpus = 2'],
      });
      equal(facts['guest_type'], 'PV');
      equal(facts['cpus'], '2');
      const kib = Number(facts['memtotal_kib']);
      ok(kib > 64 * 1024 && kib < 128 * 1024, `${String(kib)} KiB`);
    },
  },
  {
    name: 'our PV guest in 2 MiB extents alone comes up to userland',
    run: async (tools) => {
      const guest: Guest = { name: tools.fresh('osp'), type: 'pv', memoryMib: 128, lines: ['superpages = 1'] };
      equal((await livesAndGoes(tools, guest))['guest_type'], 'PV');
    },
  },
  {
    name: 'our HVM guest comes up to userland with two vcpus and leaves nothing when it is destroyed',
    timeoutMs: 300_000,
    run: async (tools) => {
      const guest: Guest = { name: tools.fresh('ohvm'), type: 'hvm', memoryMib: 192, lines: ['vcpus = 2'] };
      const facts = await livesAndGoes(tools, guest, 270_000);
      equal(facts['guest_type'], 'HVM');
      equal(facts['cpus'], '2');
    },
  },
  {
    name: 'xl knows our guest: it pauses it, destroys it, and its name is free again',
    run: async (tools) => {
      const guest: Guest = { name: tools.fresh('oxl'), type: 'pv', memoryMib: 128 };
      await create(tools, guest, '--paused');
      match(await tools.host.must(`xl list ${guest.name}`), /--p---/);
      await tools.host.must(`xl unpause ${guest.name} && xl pause ${guest.name}`);
      await tools.host.must(`xl destroy ${guest.name}`);
      await untilGone(tools.host, guest.name);
      await create(tools, guest, '--paused');
      await tools.host.must(`xen-image destroy ${guest.name}`);
    },
  },
  {
    name: 'our guest does not take the name of a guest of xl',
    run: async (tools) => {
      const name = tools.fresh('oname');
      await xlCreate(tools.host, { name, type: 'pv', memoryMib: 128 });
      const { exitCode, stdout } = await tools.host.run(
        `xen-image create --json ${await put(tools.host, { name, type: 'pv', memoryMib: 128 })}`,
      );
      await tools.host.must(`xl destroy ${name}`);
      equal(exitCode, 1);
      match(stdout, /"NAME_TAKEN"/);
    },
  },
  {
    name: 'our guest that powers off is seen to be gone by the hypervisor',
    run: async (tools) => {
      const guest: Guest = { name: tools.fresh('ooff'), type: 'pv', memoryMib: 128, extra: 'rig.do=poweroff' };
      await create(tools, guest);
      await untilPrinted(tools, consoleLog(guest), 'GUEST-POWEROFF');
      await tools.host.must(
        `for i in $(seq 50); do xen-image list --json | grep -q '"shutdownReason": *"poweroff"' && exit 0; sleep 0.2; done; exit 1`,
      );
      await tools.host.must(`xen-image destroy ${guest.name}`);
    },
  },
  {
    name: 'a create that cannot be says why and leaves nothing on the hypervisor',
    timeoutMs: 240_000,
    run: async (tools) => {
      const guest = (change: Partial<Guest>): Guest => ({
        name: tools.fresh('obad'),
        type: 'pv',
        memoryMib: 64,
        ...change,
      });
      const missing = await refused(tools, guest({ lines: ['kernel = "/boot/none"'] }), 'KERNEL_MISSING');
      match(missing, /\/boot\/none/);
      await refused(tools, guest({ memoryMib: 65536 }), 'MEMORY_SHORT');
      await refused(tools, guest({ memoryMib: 127, lines: ['superpages = 1'] }), 'SUPERPAGES_UNEVEN');
      await refused(tools, guest({ lines: ['kernel = "/etc/passwd"'] }), 'HYPERVISOR_CALL_FAILED');
    },
  },
  {
    name: 'a create that is killed is undone by recover',
    timeoutMs: 240_000,
    run: async (tools) => {
      const before = await stateOf(tools.host);
      for (const delayS of ['0.8', '1.3', '1.8']) {
        const guest: Guest = { name: tools.fresh('okill'), type: 'pv', memoryMib: 128 };
        const path = await put(tools.host, guest);
        await tools.host.run(`timeout -s KILL ${delayS} xen-image create --paused ${path}`);
        await tools.host.must('xen-image recover');
        if ((await domains(tools.host)).has(guest.name)) await tools.host.must(`xen-image destroy ${guest.name}`);
      }
      deepEqual(await stateOf(tools.host), before);
    },
  },
];
