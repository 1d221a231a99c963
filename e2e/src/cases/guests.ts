/** The rig's guests, created by xl: that they come up and tell the truth about themselves. */
import { equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { consoleLog, factsOf, serialLog, untilGone, untilPrinted, xlCreate, type XlGuest } from '../guest.js';

async function comesUp(tools: CaseTools, guest: XlGuest, timeoutMs = 90_000): Promise<void> {
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
    name: 'an HVM guest of xl comes up to userland',
    timeoutMs: 300_000,
    run: async (tools) => {
      await comesUp(tools, { name: tools.fresh('hvm'), type: 'hvm', memoryMib: 256 }, 280_000);
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
        // SHUTDOWN_crash and SHUTDOWN_reboot of Xen's public/sched.h; the column after the UUID.
        const reason = `for i in $(seq 100); do xl list -v ${guest.name} | grep -Eq "[0-9a-f]{12} +${code} " && exit 0; sleep 0.1; done; xl list -v; exit 1`;
        await tools.host.run(reason).then(async (seen) => {
          await tools.host.must(`xl destroy ${guest.name}`);
          equal(seen.exitCode, 0, seen.stdout);
        });
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
      const [first, second] = await Promise.all([tools.host.run('fpu 8'), tools.host.run('fpu 8')]);
      for (const guest of guests) await tools.host.must(`xl destroy ${guest.name}`);
      match(first.stdout, /^rounds \d+, wrong 0$/m);
      match(second.stdout, /^rounds \d+, wrong 0$/m);
    },
  },
  {
    name: 'an HVM guest of xl boots from its disk',
    timeoutMs: 400_000,
    run: async (tools) => {
      const name = tools.fresh('disk');
      const disk = 'format=raw, vdev=hda, access=rw, backendtype=qdisk, target=/boot/guest-disk.img';
      const lines = [
        ...[`name = "${name}"`, 'type = "hvm"', 'memory = 256', 'vnc = 0', 'boot = "c"'],
        ...[`disk = [ "${disk}" ]`, `serial = "file:${serialLog(name)}"`],
      ];
      await tools.host.must(`cat > /root/${name}.cfg && xl create /root/${name}.cfg`, { input: lines.join('\n') });
      const printed = await untilPrinted(tools, serialLog(name), 'GUEST-UP', 380_000);
      await tools.host.must(`xl destroy ${name}`);
      match(printed, /SYSLINUX/);
      match(factsOf(printed)['cmdline'] ?? '', /^BOOT_IMAGE=vmlinuz /);
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
