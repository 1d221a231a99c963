/** HVM guests of our own command, judged by what they print, by the hypervisor and by xl. */
import { equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { stateOf } from '../dom0-state.js';
import { consoleLog, factsOf, untilPrinted, untilState } from '../guest.js';
import { livesAndGoes, type OwnGuest } from '../own-guest.js';

/** ECX of leaf 1, as the guest's instruction answers it. */
function leaf1Ecx(facts: Readonly<Record<string, string>>): number {
  const text = (facts['cpuid_1'] ?? '').split(' ')[2] ?? '';
  match(text, /^[0-9a-f]{8}$/);
  return Number.parseInt(text, 16);
}

/** Populate on demand as the hypervisor prints it for a domain: entries not yet populated, and pages kept for them. */
async function podOf({ host }: CaseTools, domid: number): Promise<{ entries: number; cache: number } | undefined> {
  await host.must('xl debug-keys q');
  const dump = await host.must('xl dmesg');
  const own = dump.slice(dump.lastIndexOf(`General information for domain ${String(domid)}:`));
  const rest = own.slice(1);
  const next = rest.indexOf('General information for domain');
  const pod = /PoD entries=(\d+) cachesize=(\d+)/.exec(next === -1 ? rest : rest.slice(0, next));
  return pod === null ? undefined : { entries: Number(pod[1]), cache: Number(pod[2]) };
}

/** Waits until a guest has done what its command line says, and both toolstacks show it. */
async function hasEnded(
  tools: CaseTools,
  guest: OwnGuest,
  what: 'poweroff' | 'reboot' | 'crash',
  reason: 'poweroff' | 'reboot',
): Promise<void> {
  await untilPrinted(tools, consoleLog(guest), `GUEST-${what.toUpperCase()}`, 180_000);
  await untilState(tools.host, guest.name, reason === 'poweroff' ? '---s--' : '---sr-');
  match(await tools.host.must(`xen-image list ${guest.name}`), new RegExp(`shut down \\(${reason}\\)`));
}

/** HVM guests. */
export const ownHvmCases: readonly Case[] = [
  {
    name: 'our HVM guest comes up to userland from its kernel file with two vcpus, and leaves nothing',
    emulated: true,
    timeoutMs: 600_000,
    run: async (tools) => {
      const guest: OwnGuest = { name: tools.fresh('ohvm'), type: 'hvm', memoryMib: 192, lines: ['vcpus = 2'] };
      const facts = factsOf(
        await livesAndGoes(tools, guest, async () => {
          match(await tools.host.must(`xl list ${guest.name}`), / 2 /);
        }),
      );
      equal(facts['hypervisor'], 'xen');
      equal(facts['guest_type'], 'HVM');
      equal(facts['cpus'], '2');
    },
  },
  {
    name: 'our HVM guest boots from a disk image by its firmware',
    emulated: true,
    timeoutMs: 300_000,
    run: async (tools) => {
      const printed = await livesAndGoes(tools, {
        name: tools.fresh('odisk'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'firmware',
        lines: ['disk = [ "format=raw, vdev=hda, access=rw, target=/boot/tiny-disk.img" ]', 'boot = "c"'],
      });
      match(printed, /SYSLINUX/);
      match(factsOf(printed)['cmdline'] ?? '', /^BOOT_IMAGE=kernel console=ttyS0 quiet/);
    },
  },
  {
    name: 'our HVM guest has its vcpus, a CPUID leaf as masked, and a clock with its offset, and is seen to power off',
    emulated: true,
    timeoutMs: 300_000,
    run: async (tools) => {
      const guest: OwnGuest = {
        name: tools.fresh('omask'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'tiny',
        extra: 'rig.do=poweroff',
        lines: ['vcpus = 2', 'cpuid = "host,aes=0"', 'rtc_timeoffset = -86400'],
      };
      const facts = factsOf(await livesAndGoes(tools, guest, () => hasEnded(tools, guest, 'poweroff', 'poweroff')));
      equal(facts['cpus'], '2');
      const ecx = leaf1Ecx(facts);
      equal((ecx >>> 25) & 1, 0, 'aes is masked');
      equal((ecx >>> 20) & 1, 1, 'sse4.2 of the same register is not');
      const behindMs = Date.now() - Date.parse(`${(facts['rtc_date'] ?? '').replace(' ', 'T')}Z`);
      ok(Math.abs(behindMs - 86_400_000) < 120_000, `its clock says ${String(facts['rtc_date'])}`);
    },
  },
  {
    name: 'our HVM guest with less memory than its maximum is populated on demand, and is seen to reboot',
    emulated: true,
    timeoutMs: 300_000,
    run: async (tools) => {
      const guest: OwnGuest = {
        name: tools.fresh('opod'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'tiny',
        extra: 'rig.do=reboot',
        lines: ['maxmem = 128', 'videoram = 8'],
      };
      const facts = factsOf(
        await livesAndGoes(tools, guest, async (domid) => {
          const { domains } = await stateOf(tools.host);
          const pages = Number(/^domain \d+ \S+ (\d+) /.exec(domains[0] ?? '')?.[1]);
          ok(pages > 64 * 256 - 300 && pages <= 64 * 256 + 16, `the hypervisor gave it ${String(pages)} pages`);
          const pod = await podOf(tools, domid);
          ok(pod !== undefined, 'the hypervisor keeps nothing for it on demand');
          // The frames beyond the target are never backed: 64 MiB of entries more than pages kept for them.
          equal(pod.entries - pod.cache, 64 * 256);
          await hasEnded(tools, guest, 'reboot', 'reboot');
        }),
      );
      // It is shown its maximum, without the video RAM and what the firmware keeps.
      const kib = Number(facts['ram_kib']);
      ok(kib > (128 - 8) * 1024 - 2048 && kib <= (128 - 8) * 1024, `it sees ${String(kib)} KiB`);
    },
  },
  {
    name: 'our HVM guest that crashes is seen to have done so',
    emulated: true,
    timeoutMs: 600_000,
    run: async (tools) => {
      const guest: OwnGuest = {
        name: tools.fresh('ohcrash'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'tiny',
        extra: 'rig.do=crash',
      };
      // A triple fault asks for a reboot on a PC, and so in Xen.
      await livesAndGoes(tools, guest, () => hasEnded(tools, guest, 'crash', 'reboot'));
    },
  },
];
