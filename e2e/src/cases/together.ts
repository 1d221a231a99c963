/** Creates at the same time: in one process, and in two that want the same memory. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { domains, serialLog, untilPrinted } from '../guest.js';
import { configText, program, writeConfig, type OwnGuest } from '../own-guest.js';

/** Creates every guest of a JSON list of texts at once, paused, says so, and destroys them all at once when input ends. */
const ALL_AT_ONCE = `
const texts = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const stack = await toolstack();
const plans = await Promise.all(texts.map((text) => stack.plan({ text })));
const created = await Promise.all(plans.map((plan) => stack.create(plan, { paused: true })));
console.log('created ' + JSON.stringify(created.map(({ domid, name, uuid }) => ({ domid, name, uuid }))));
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
await Promise.all(created.map(({ domid, uuid }) => stack.destroy(domid, { uuid })));
`;

/**
 * Creates a guest and says how it ended. Having found the memory free, it waits until the other process found the same:
 * both then go for it.
 */
const RACE = `
import { existsSync, writeFileSync } from 'node:fs';
const [config, own, other] = process.argv.slice(2);
const stack = await toolstack();
const plan = await stack.plan({ text: readFileSync(config, 'utf8') });
const pause = new Int32Array(new SharedArrayBuffer(4));
let met = false;
const onProgress = ({ phase }) => {
  if (met || phase !== 'create') return;
  met = true;
  writeFileSync(own, '');
  for (let tries = 0; !existsSync(other); tries++) {
    if (tries > 6000) throw new Error('the other process did not come');
    Atomics.wait(pause, 0, 0, 10);
  }
};
const outcome = await stack.create(plan, { paused: true, onProgress }).then(
  ({ name }) => ({ name }),
  (error) => ({ error: { ...error.toJSON(), met } }),
);
console.log(JSON.stringify(outcome));
`;

interface Outcome {
  readonly name?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string; readonly met: boolean };
}

/** Creates at once. */
export const togetherCases: readonly Case[] = [
  {
    name: 'ten guests are created at once in one process, and destroyed at once',
    emulated: true,
    timeoutMs: 400_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guests = Array.from({ length: 10 }, (_, index): OwnGuest =>
        index < 8
          ? { name: tools.fresh('oten'), type: 'pv', memoryMib: 32 + index, boots: 'grub' }
          : { name: tools.fresh('oten'), type: 'hvm', memoryMib: 64, boots: 'tiny' },
      ).map((guest): OwnGuest => ({ ...guest, extra: guest.name }));
      const command = await program(host, 'all-at-once', ALL_AT_ONCE);
      await host.must('cat > /tmp/guests.json', { input: JSON.stringify(guests.map(configText)) });
      let release: (() => void) | undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      async function* heldOpen(): AsyncGenerator<Buffer> {
        await released;
        yield Buffer.from('\n');
      }
      let say: ((text: string) => void) | undefined;
      const said = new Promise<string>((resolve) => (say = resolve));
      let printed = '';
      const running = host.must(`${command} /tmp/guests.json`, {
        input: heldOpen(),
        timeoutMs: 380_000,
        signal: tools.signal,
        onStdout: (chunk) => {
          printed += chunk.toString();
          if (printed.includes('\n')) say?.(printed);
        },
      });
      try {
        match(await Promise.race([said, running]), /^created /);
        const listed = await domains(host);
        deepEqual([...listed.keys()].sort(), guests.map(({ name }) => name).sort());
        equal(new Set(listed.values()).size, 10);
        const rows = await host.must('xl list');
        for (const { name, memoryMib } of guests) {
          match(rows, new RegExp(`^${name} +\\d+ +${String(memoryMib)} `, 'm'));
        }
        // Two of them run, so that each is seen to be the guest of its name; GRUB would never leave its vcpu idle.
        const emulated = guests.filter(({ type }) => type === 'hvm');
        for (const { name } of emulated) {
          await host.must(`xl unpause ${name}`);
          // One after the other: firmware of two HVM guests at once can bring the emulated machine to a standstill.
          match(await untilPrinted(tools, serialLog(name), 'GUEST-UP', 180_000), new RegExp(`cmdline=${name}\r?\n`));
        }
      } finally {
        release?.();
        await running;
      }
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'of two processes with memory for one guest, one gets it and the other is told that memory is short',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const freeMib = before.freePages / 256;
      // More than half, and for HVM by less than the video RAM, which the device model takes at the end: it is claimed too.
      const memoryMib = Math.floor(freeMib / 2) + 100;
      const command = await program(host, 'race', RACE);
      for (const type of ['pv', 'hvm'] as const) {
        await host.must('rm -f /tmp/race-a /tmp/race-b');
        const guests = ['a', 'b'].map((which): OwnGuest => {
          const name = tools.fresh(`orace${which}`);
          if (type === 'pv') return { name, type, memoryMib, boots: 'grub' };
          return { name, type, memoryMib, boots: 'tiny', lines: ['stdvga = 1', 'videoram = 256'] };
        });
        const [first = '', second = ''] = await Promise.all(guests.map((guest) => writeConfig(host, guest)));
        const options = { timeoutMs: 120_000, signal: tools.signal };
        const texts = await Promise.all([
          host.must(`${command} ${first} /tmp/race-a /tmp/race-b`, options),
          host.must(`${command} ${second} /tmp/race-b /tmp/race-a`, options),
        ]);
        const outcomes = texts.map((text) => JSON.parse(text) as Outcome);
        const winner = outcomes.find(({ name }) => name !== undefined);
        const loser = outcomes.find(({ error }) => error !== undefined)?.error;
        ok(winner?.name !== undefined && loser !== undefined, texts.join('\n'));
        // Both were past the look at free memory: the claim decided.
        equal(loser.met, true);
        equal(loser.code, 'MEMORY_SHORT', JSON.stringify(loser));
        match(loser.message, /^not enough free memory: \d+ KiB are needed, \d+ KiB are free/);
        match(loser.hint ?? '', /Free \d+ KiB/);
        deepEqual([...(await domains(host)).keys()], [winner.name]);
        match(await host.must(`xl list ${winner.name}`), new RegExp(` ${String(memoryMib)} `));
        await host.must(`xen-image destroy ${winner.name}`);
        await untilAsBefore(host, before);
      }
    },
  },
];
