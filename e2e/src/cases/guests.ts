/** The rig's guests, created by xl: that they come up and tell the truth about themselves. */
import { equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { consoleLog, factsOf, serialLog, untilGone, untilPrinted, xlCreate, type XlGuest } from '../guest.js';

async function comesUp(tools: CaseTools, guest: XlGuest, timeoutMs = 180_000): Promise<void> {
  await xlCreate(tools.host, guest);
  const facts = factsOf(await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', timeoutMs));
  await tools.host.must(`xl destroy ${guest.name}`);
  equal(facts['hypervisor'], 'xen');
  equal(facts['guest_type'], guest.type.toUpperCase());
  equal(facts['cpus'], String(guest.vcpus ?? 1));
  const kib = Number(facts['memtotal_kib']);
  ok(
    kib > guest.memoryMib * 512 && kib < guest.memoryMib * 1024,
    `${String(kib)} KiB of ${String(guest.memoryMib)} MiB`,
  );
  match(facts['uuid'] ?? '', /^[0-9a-f]{8}-/);
  ok(Math.abs(Number(facts['epoch']) - Date.now() / 1000) < 120, `epoch ${String(facts['epoch'])}`);
  match(facts['cpuid_1'] ?? '', /^[0-9a-f]{8}( [0-9a-f]{8}){3}$/);
}

/** What an HVM guest with 64 MiB and these further lines prints until it is up. */
async function tinyPrints(tools: CaseTools, name: string, lines: readonly string[]): Promise<string> {
  const own = [`name = "${name}"`, 'type = "hvm"', 'memory = 64', 'vnc = 0', `serial = "file:${serialLog(name)}"`];
  await tools.host.must(`cat > /root/${name}.cfg && xl create /root/${name}.cfg`, {
    input: [...own, ...lines, ''].join('\n'),
  });
  try {
    return await untilPrinted(tools, serialLog(name), 'GUEST-UP', 240_000);
  } finally {
    await tools.host.run(`xl destroy ${name}`);
  }
}

/** A command that waits until the hypervisor has this shutdown code for the domain: `SHUTDOWN_*` of Xen's public/sched.h. */
function shutdownCode(name: string, code: string): string {
  // The column after the UUID.
  return `for i in $(seq 600); do xl list -v ${name} | grep -Eq "[0-9a-f]{12} +${code} " && exit 0; sleep 0.1; done; xl list -v; exit 1`;
}

/** What xl makes of our kernels and ramdisk. */
export const guestCases: readonly Case[] = [
  {
    name: 'a PV guest of xl comes up to userland',
    run: async (tools) => {
      await comesUp(tools, { name: tools.fresh('pv'), type: 'pv', memoryMib: 128 });
    },
  },
  {
    name: 'a PV guest of xl comes up from the packed kernel',
    run: async (tools) => {
      await comesUp(tools, { name: tools.fresh('pv'), type: 'pv', memoryMib: 128, kernel: '/boot/vmlinuz' });
    },
  },
  {
    name: 'a PVH guest of xl comes up with two vcpus',
    run: async (tools) => {
      await comesUp(tools, { name: tools.fresh('pvh'), type: 'pvh', memoryMib: 192, vcpus: 2 });
    },
  },
  {
    name: 'a guest powers off by itself when told to',
    run: async (tools) => {
      const guest: XlGuest = { name: tools.fresh('off'), type: 'pv', memoryMib: 128, extra: 'rig.do=poweroff' };
      await xlCreate(tools.host, guest);
      await untilPrinted(tools, consoleLog(guest), 'GUEST-POWEROFF');
      await untilGone(tools.host, guest.name);
    },
  },
  {
    name: 'a guest crashes and reboots when told to, as the hypervisor sees it',
    run: async (tools) => {
      for (const [what, code] of [
        ['crash', '3'],
        ['reboot', '1'],
      ] as const) {
        const guest: XlGuest = {
          name: tools.fresh(what),
          type: 'pv',
          memoryMib: 128,
          extra: `rig.do=${what} panic=0`,
          lines: ['on_crash = "preserve"', 'on_reboot = "preserve"'],
        };
        await xlCreate(tools.host, guest);
        await untilPrinted(tools, consoleLog(guest), `GUEST-${what.toUpperCase()}`);
        const seen = await tools.host.run(shutdownCode(guest.name, code));
        await tools.host.must(`xl destroy ${guest.name}`);
        equal(seen.exitCode, 0, seen.stdout);
      }
    },
  },
  {
    name: 'vcpus that share a processor keep their vector registers',
    run: async (tools) => {
      const guests = [1, 2].map((): XlGuest => {
        return { name: tools.fresh('fpu'), type: 'pv', memoryMib: 128, extra: 'rig.do=fpu' };
      });
      for (const guest of guests) await xlCreate(tools.host, guest);
      await Promise.all(guests.map((guest) => untilPrinted(tools, consoleLog(guest), 'GUEST-FPU')));
      const [first, second] = await Promise.all([tools.host.run('fpu 4'), tools.host.run('fpu 4')]);
      for (const guest of guests) await tools.host.must(`xl destroy ${guest.name}`);
      match(first.stdout, /^rounds \d+, wrong 0$/m);
      match(second.stdout, /^rounds \d+, wrong 0$/m);
    },
  },
  {
    name: 'the small HVM kernel of xl comes up with two vcpus',
    emulated: true,
    timeoutMs: 300_000,
    run: async (tools) => {
      const name = tools.fresh('tiny');
      const lines = ['kernel = "/boot/tiny"', 'extra = "some words"', 'vcpus = 2'];
      const facts = factsOf(await tinyPrints(tools, name, lines));
      equal(facts['kernel'], 'tiny');
      equal(facts['cmdline'], 'some words');
      equal(facts['cpus'], '2');
      const kib = Number(facts['ram_kib']);
      ok(kib > 63 * 1024 - 8192 && kib < 64 * 1024, `${String(kib)} KiB of 64 MiB, of which 8 are video memory`);
      const rtc = Date.parse(`${(facts['rtc_date'] ?? '').replace(' ', 'T')}Z`);
      ok(Math.abs(rtc - Date.now()) < 120_000, facts['rtc_date']);
      match(facts['cpuid_40000000'] ?? '', /^4000000\w 566e6558 65584d4d 4d4d566e$/, 'the leaf says XenVMMXenVMM');
    },
  },
  {
    name: 'a PV guest of xl comes up on a machine without SVM',
    machine: 'noHvm',
    run: async (tools) => {
      await comesUp(tools, { name: tools.fresh('pv'), type: 'pv', memoryMib: 128 });
    },
  },
  {
    name: 'a PV guest of xl comes up with oxenstored',
    machine: 'oxenstored',
    run: async (tools) => {
      await comesUp(tools, { name: tools.fresh('pv'), type: 'pv', memoryMib: 128 });
    },
  },
];
