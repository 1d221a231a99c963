/** PV guests of our own command, judged by what they print, by the hypervisor and by xl. */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, stateOf, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilPrinted, untilState } from '../guest.js';
import { create, domidOf, factsOfLife, failsWith, livesAndGoes, program, type OwnGuest } from '../own-guest.js';

/** How the machine frames of a guest lie, as `native/witness.c` counts them. */
async function framesOf({ host }: CaseTools, domid: number): Promise<Readonly<Record<string, number>>> {
  const printed = await host.must(`witness frames ${String(domid)}`);
  return Object.fromEntries([...printed.matchAll(/(\w+) (\d+)/g)].map(([, name = '', value]) => [name, Number(value)]));
}

/** A bit of a register of a CPUID fact, `eax ebx ecx edx` in hex. */
function bit(fact: string | undefined, register: 'eax' | 'ebx' | 'ecx' | 'edx', position: number): number {
  const text = (fact ?? '').split(' ')[['eax', 'ebx', 'ecx', 'edx'].indexOf(register)] ?? '';
  match(text, /^[0-9a-f]{8}$/, `no CPUID answer: ${String(fact)}`);
  return (Number.parseInt(text, 16) >>> position) & 1;
}

/**
 * Leaves 192 MiB of free memory, all of it in single pages: takes everything else in extents of 2 MiB, the rest page by
 * page, and returns every second one. Prints `fragmented` and holds it until its standard input ends.
 */
const FRAGMENT = `
const { openHandle, openLibraries } = await load('@xen-image/xc-bindings');
const { createDomain, destroyDomain } = await deep('@xen-image/xc-bindings', 'calls/domain.js');
const { setMaxMemory } = await deep('@xen-image/xc-bindings', 'calls/memory.js');
const { createFrameList, decreaseReservationExact, increaseReservation } =
  await deep('@xen-image/xc-bindings', 'calls/reservation.js');
const { physInfo } = await deep('@xen-image/xc-bindings', 'calls/host.js');
const SINGLE_PAGES = 384 * 256;
const xc = await openHandle(await openLibraries());
const flags = 0, emulationFlags = 0, maxVcpus = 1, maxEvtchnPort = 1023, grantTableVersion = 1;
const domid = await createDomain(xc, {
  handle: Buffer.alloc(16, 0xf7), flags, emulationFlags, maxVcpus, maxEvtchnPort, grantTableVersion,
});
try {
  await setMaxMemory(xc, domid, 2 ** 34);
  const take = async (order, extents) => {
    const frames = createFrameList(extents);
    const got = await increaseReservation(xc, domid, { order, frames });
    return Array.from({ length: got }, (_, index) => frames.get(index));
  };
  for (;;) {
    const extents = Math.min(256, Math.floor(((await physInfo(xc)).freePages - SINGLE_PAGES) / 512));
    if (extents <= 0 || (await take(9, extents)).length < extents) break;
  }
  const singles = [];
  for (let got; (got = await take(0, 4096)).length > 0; ) singles.push(...got);
  const odd = singles.filter((frame) => frame % 2n === 1n);
  for (let at = 0; at < odd.length; at += 4096) {
    const part = odd.slice(at, at + 4096);
    const frames = createFrameList(part.length);
    part.forEach((frame, index) => frames.set(index, frame));
    await decreaseReservationExact(xc, domid, { order: 0, frames });
  }
  console.log('fragmented ' + (await physInfo(xc)).freePages);
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
} finally {
  await destroyDomain(xc, domid);
  await xc.close();
}
`;

/** Runs `work` while free memory is in single pages; `work` is told how many KiB are free. */
async function whileFragmented(tools: CaseTools, work: (freeKib: number) => Promise<void>): Promise<void> {
  const command = await program(tools.host, 'fragment', FRAGMENT);
  let release: (() => void) | undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  async function* heldOpen(): AsyncGenerator<Buffer> {
    await released;
    yield Buffer.from('\n');
  }
  let say: ((freeKib: number) => void) | undefined;
  const ready = new Promise<number>((resolve) => (say = resolve));
  const running = tools.host.must(command, {
    input: heldOpen(),
    timeoutMs: 200_000,
    signal: tools.signal,
    onStdout: (chunk) => {
      const said = /fragmented (\d+)/.exec(chunk.toString());
      if (said !== null) say?.(Number(said[1]) * 4);
    },
  });
  try {
    await work(
      await Promise.race([ready, running.then(() => Promise.reject(new Error('it did not hold the memory')))]),
    );
  } finally {
    release?.();
    await running;
  }
}

/** How xl shows a guest that ended so. */
const STATES = { poweroff: '---s--', reboot: '---sr-', crash: '---sc-' } as const;

/** PV guests. */
export const ownPvCases: readonly Case[] = [
  {
    name: 'our PV guest comes up to userland with the memory and the vcpus it was given, and leaves nothing',
    timeoutMs: 300_000,
    run: async (tools) => {
      const guest: OwnGuest = { name: tools.fresh('opv'), type: 'pv', memoryMib: 128, lines: ['vcpus = 2'] };
      const before = await settledState(tools.host);
      const printed = await livesAndGoes(tools, guest, async (domid) => {
        // The hypervisor: 128 MiB, one line of a domain.
        const { domains } = await stateOf(tools.host);
        equal(domains.length, 1);
        match(domains[0] ?? '', new RegExp(`^domain ${String(domid)} [0-9a-f-]{36} 32768 `));
        match(await tools.host.must(`xl list ${guest.name}`), / 128 {5}2 /);
      });
      await untilAsBefore(tools.host, before);
      match(printed, /GUEST-FACT guest_type=PV\r?\n/);
      match(printed, /GUEST-FACT hypervisor=xen\r?\n/);
      match(printed, /GUEST-FACT cpus=2\r?\n/);
      const kib = Number(/memtotal_kib=(\d+)/.exec(printed)?.[1]);
      // What Debian's kernel keeps for itself of 128 MiB.
      ok(kib > 64 * 1024 && kib < 128 * 1024, `${String(kib)} KiB`);
      // What the next case takes away is there without being asked for.
      match(printed, /GUEST-FACT flags=.*\baes\b/);
    },
  },
  {
    name: 'the kernel of our PV guest does not see a CPUID feature that is masked, nor a clock without its offset',
    timeoutMs: 300_000,
    run: async (tools) => {
      const facts = await factsOfLife(tools, {
        name: tools.fresh('omask'),
        type: 'pv',
        memoryMib: 128,
        lines: ['cpuid = "host,aes=0"', 'rtc_timeoffset = 7200'],
      });
      const flags = facts['flags'] ?? '';
      doesNotMatch(flags, /\baes\b/);
      match(flags, /\bsse4_2\b/, 'another feature of the same leaf stays');
      equal(bit(facts['cpuid_xen_1'], 'ecx', 25), 0);
      equal(bit(facts['cpuid_xen_1'], 'ecx', 20), 1);
      const aheadSeconds = Number(facts['epoch']) - Date.now() / 1000;
      ok(Math.abs(aheadSeconds - 7200) < 120, `its clock is ${String(aheadSeconds)} s ahead`);
    },
  },
  {
    name: 'our PV guest in 2 MiB extents alone has machine memory that is contiguous and aligned, and comes up',
    timeoutMs: 300_000,
    run: async (tools) => {
      const before = await settledState(tools.host);
      const guest: OwnGuest = { name: tools.fresh('osp'), type: 'pv', memoryMib: 128, lines: ['superpages = 1'] };
      await create(tools, guest, '--paused');
      const domid = await domidOf(tools.host, guest.name);
      const pages = 128 * 256;
      deepEqual(await framesOf(tools, domid), { pages, found: pages, whole: pages / 512, broken: 0 });
      await tools.host.must(`xl unpause ${guest.name}`);
      match(await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', 120_000), /guest_type=PV\r?\n/);
      // It runs on them still: nothing was exchanged behind its back.
      await tools.host.must(`xl pause ${guest.name}`);
      const { whole = 0 } = await framesOf(tools, domid);
      ok(whole > 0.8 * (pages / 512), `${String(whole)} whole runs are left`);
      await tools.host.must(`xen-image destroy ${guest.name}`);
      await untilAsBefore(tools.host, before);
    },
  },
  {
    name: '2 MiB extents that cannot be had are refused with their number, and nothing is left',
    timeoutMs: 400_000,
    run: async (tools) => {
      await whileFragmented(tools, async (freeKib) => {
        ok(freeKib > 160 * 1024 && freeKib < 256 * 1024, `${String(freeKib)} KiB are free`);
        const before = await settledState(tools.host);
        const guest: OwnGuest = {
          name: tools.fresh('ofrag'),
          type: 'pv',
          memoryMib: 64,
          boots: 'grub',
          lines: ['superpages = 1'],
        };
        const error = await failsWith(tools.host, guest, 'SUPERPAGES_UNAVAILABLE');
        equal(error.message, '32 extents of 2 MiB are needed, 0 were to be had');
        await untilAsBefore(tools.host, before);
        // The same guest without the demand is built from the same memory, page by page: the witness sees that.
        const plain: OwnGuest = { name: tools.fresh('oplain'), type: 'pv', memoryMib: 64, boots: 'grub' };
        await create(tools, plain, '--paused');
        const { found, whole } = await framesOf(tools, await domidOf(tools.host, plain.name));
        deepEqual({ found, whole }, { found: 64 * 256, whole: 0 });
        await tools.host.must(`xen-image destroy ${plain.name}`);
        await untilAsBefore(tools.host, before);
      });
    },
  },
  {
    name: 'our PV guest that powers off, reboots or crashes is seen to have done so',
    timeoutMs: 300_000,
    run: async (tools) => {
      const before = await settledState(tools.host);
      const ends = (['poweroff', 'reboot', 'crash'] as const).map((what) => {
        const extra = `rig.do=${what} panic=0`;
        return { what, guest: { name: tools.fresh(what), type: 'pv', memoryMib: 128, extra } satisfies OwnGuest };
      });
      for (const { guest } of ends) await create(tools, guest);
      for (const { what, guest } of ends) {
        await untilPrinted(tools, consoleLog(guest), `GUEST-${what.toUpperCase()}`, 180_000);
        await untilState(tools.host, guest.name, STATES[what]);
      }
      const { domains } = JSON.parse(await tools.host.must('xen-image list --json')) as {
        domains: readonly { readonly name: string; readonly shutdownReason?: string }[];
      };
      for (const { what, guest } of ends) {
        equal(domains.find(({ name }) => name === guest.name)?.shutdownReason, what);
        await tools.host.must(`xen-image destroy ${guest.name}`);
      }
      await untilAsBefore(tools.host, before);
    },
  },
];
