/** Device models whose state is saved, and taken up by new ones under a guest that runs. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilPrinted, untilState } from '../guest.js';
import { create, domidOf, type OwnGuest } from '../own-guest.js';

/** A guest that counts the seconds of its emulated clock, and reads its emulated disk at each. */
export function countingGuest(tools: CaseTools, stem: string, ...lines: string[]): OwnGuest {
  const name = tools.fresh(stem);
  const disk = `disk = ["/root/${name}.img,raw,hda,rw"]`;
  return { name, type: 'hvm', memoryMib: 64, boots: 'tiny', extra: 'rig.do=count', lines: [disk, ...lines] };
}

/** Makes its disk, creates it, and waits until it has counted three seconds. @returns what it read from its disk */
export async function startCounting(tools: CaseTools, guest: OwnGuest): Promise<string> {
  await tools.host.must(`head -c 1048576 /dev/urandom > /root/${guest.name}.img`);
  await create(tools, guest);
  const printed = await untilPrinted(tools, consoleLog(guest), 'GUEST-TICK 4 ', 240_000);
  return /GUEST-TICK 3 (disk=[0-9a-f]+)/.exec(printed)?.[1] ?? '';
}

/** The seconds that it counted so far, and that each reading of its disk was the same. */
export async function countedBy({ host }: CaseTools, guest: OwnGuest, disk: string): Promise<number> {
  const printed = await host.must(`cat ${consoleLog(guest)}`);
  const ticks = [...printed.matchAll(/GUEST-TICK (\d+) (disk=[0-9a-f]+)\n/g)];
  // It counts without a gap: no second is lost, none twice.
  deepEqual(
    ticks.map(([, count]) => Number(count)),
    ticks.map((_, index) => index + 1),
  );
  for (const [, , read] of ticks) equal(read, disk);
  return ticks.length;
}

/** Waits until it has counted on by two. */
export async function countsOn(tools: CaseTools, guest: OwnGuest, from: number, disk: string): Promise<number> {
  await untilPrinted(tools, consoleLog(guest), `GUEST-TICK ${String(from + 3)} `, 120_000);
  return countedBy(tools, guest, disk);
}

async function pidOf({ host }: CaseTools, domid: number): Promise<string> {
  return (await host.must(`xenstore-read /local/domain/${String(domid)}/image/device-model-pid`)).trim();
}

/** What xl shows of a guest at rest. */
const RESTS = '---ss-';

/** Device models that are saved and restored. */
export const deviceModelStateCases: readonly Case[] = [
  {
    name: 'a guest goes on counting, and reading its disk, on a new device model that began from the state of the old one',
    emulated: true,
    timeoutMs: 600_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest = countingGuest(tools, 'ostate', 'vnc = 1', 'vncunused = 1');
      const disk = await startCounting(tools, guest);
      const domid = await domidOf(host, guest.name);
      const state = `/root/${guest.name}.qemu`;
      const first = await pidOf(tools, domid);

      await host.must(`xen-image save-device-model ${guest.name} ${state}`, { timeoutMs: 120_000 });
      await untilState(host, guest.name, RESTS);
      equal((await host.must(`stat -c '%a %u' ${state}; head -c 4 ${state}`)).trim(), '600 0\nQEVM');
      equal(await host.must(`ls ${state}.partial 2>/dev/null || true`), '');
      const rests = await countedBy(tools, guest, disk);
      const again = await host.run(`xen-image save-device-model --json ${guest.name} ${state}.2`);
      match(again.stdout, /DOMAIN_SHUT_DOWN/);

      const startedMs = Date.now();
      const restored = await host.must(`xen-image restore-device-model --json ${guest.name} ${state}`, {
        timeoutMs: 180_000,
      });
      tools.note(`restored in ${String(Date.now() - startedMs)} ms`);
      const second = await pidOf(tools, domid);
      const told = JSON.parse(restored) as { domain: { deviceModelPid: number } };
      equal(told.domain.deviceModelPid, Number(second));
      ok(second !== first);
      equal((await host.run(`kill -0 ${first}`)).exitCode, 1, 'the old one is gone');
      match(await host.must(`tr '\\0' ' ' < /proc/${second}/cmdline`), / -xen-domid-restrict .* -incoming fd:3 /);
      match(
        await host.must(`cat /proc/${second}/status`),
        new RegExp(`^Uid:\\t${String(0x7a00_0000 + domid)}\\t`, 'm'),
      );
      equal((await host.must(`ls -A /run/xen/qemu-root-${String(domid)}`)).trim(), '');
      const went = await countsOn(tools, guest, rests, disk);
      match(await host.must(`xl list ${String(domid)}`), /[r-][b-]----/);

      // The state is of a moment that is past: a guest that runs is refused.
      const late = await host.run(`xen-image restore-device-model --json ${guest.name} ${state}`);
      match(late.stdout, /DOMAIN_NOT_SUSPENDED/);

      // And once more, from the new one; but on with that one.
      await host.must(`xen-image save-device-model ${guest.name} ${state}.3`, { timeoutMs: 120_000 });
      await host.must(`xen-image resume ${guest.name}`);
      await countsOn(tools, guest, went, disk);
      equal(await pidOf(tools, domid), second);
      await host.must(`xen-image destroy ${guest.name}; rm /root/${guest.name}.*`);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a guest whose state is none rests on until recovery has a state to go on from, or until it is destroyed',
    emulated: true,
    timeoutMs: 600_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest = countingGuest(tools, 'orests');
      const disk = await startCounting(tools, guest);
      const state = `/root/${guest.name}.qemu`;
      await host.must(`xen-image save-device-model ${guest.name} ${state}`, { timeoutMs: 120_000 });
      const rests = await countedBy(tools, guest, disk);
      await host.must(`mv ${state} ${state}.good; head -c 100 ${state}.good > ${state}; chmod 600 ${state}`);
      const restore = `xen-image restore-device-model --json ${guest.name} ${state}`;
      const failed = await host.run(restore, { timeoutMs: 180_000 });
      equal(failed.exitCode, 1);
      match(failed.stdout, /DEVICE_MODEL_DIED/);
      match(failed.stdout, /rests on/);
      await untilState(host, guest.name, RESTS);
      match((await host.run(restore)).stdout, /DOMAIN_BUSY/);
      match(await host.must('xen-image recover || true'), /could not be finished yet, and the guest rests on/);
      await host.must(`mv ${state}.good ${state}`);
      match(await host.must('xen-image recover', { timeoutMs: 180_000 }), /is finished, and the guest goes on/);
      await countsOn(tools, guest, rests, disk);
      await host.must(`xen-image destroy ${guest.name}; rm /root/${guest.name}.*`);
      await untilAsBefore(host, before);
    },
  },
];
