/** Toolstack processes that are killed, and what is left of their work. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, stateOf, untilAsBefore } from '../dom0-state.js';
import { converse } from '../conversation.js';
import { consoleLog, domains, untilPrinted, xlCreate } from '../guest.js';
import type { Host } from '../host.js';
import { configText, domidOf, program, writeConfig, type OwnGuest } from '../own-guest.js';

/**
 * Creates the guest of a line of JSON, paused, says each phase that it comes to, and stays until it is ended. What takes
 * time before a create, it has behind it when it is told of the guest.
 */
const CREATOR = `
import { writeSync } from 'node:fs';
const stack = await toolstack();
process.stdin.once('data', async (line) => {
  const plan = await stack.plan({ text: JSON.parse(line).text });
  const onProgress = ({ phase, step }) => phase === step && writeSync(1, phase + '\\n');
  writeSync(1, 'begins\\n');
  await stack.create(plan, { paused: true, onProgress });
  writeSync(1, 'done\\n');
});
`;

/**
 * For each line, a list of `{ name, text, afterMs }`, as many processes create those guests at once; each is killed so many
 * milliseconds after it began, or when it is done where none are given. Then what they left is recovered, and those guests
 * that came to their end are destroyed. Prints how each ended. The processes for the next line are started meanwhile.
 */
const KILLER = `
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
const [creator, atOnce] = process.argv.slice(2);
const stack = await toolstack();
const start = () => Array.from({ length: Number(atOnce) }, () =>
  spawn(process.execPath, [creator], { stdio: ['pipe', 'pipe', 'inherit'] }));
async function killed(child, { name, text, afterMs }) {
  let phase = 'nothing', began = 0, timer;
  const kill = () => child.kill('SIGKILL');
  createInterface(child.stdout).on('line', (said) => {
    phase = said;
    if (said === 'done') kill();
    if (said !== 'begins') return;
    began = performance.now();
    if (afterMs !== null) timer = setTimeout(kill, afterMs);
  });
  child.stdin.write(JSON.stringify({ text }) + '\\n');
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { name, afterMs, phase, livedMs: performance.now() - began };
}
let next = start();
console.log('ready');
for await (const line of createInterface(process.stdin)) {
  const ended = await Promise.all(JSON.parse(line).map((guest, index) => killed(next[index], guest)));
  next = start();
  const recovered = await stack.recover();
  const there = await stack.list();
  const told = [];
  for (const one of ended) {
    const found = recovered.find(({ entry }) => entry.name === one.name);
    const domain = there.find(({ name }) => name === one.name);
    // Killed once its journal was closed, before it could say so, it had come to its end.
    const whole = one.phase === 'done' || (one.phase === 'run' && domain !== undefined);
    const outcome = found?.outcome ?? (whole ? 'done' : 'nothing');
    if (domain !== undefined && (outcome === 'done' || outcome === 'finished')) await stack.destroy(domain.domid);
    told.push({ ...one, outcome, error: found?.error?.message });
  }
  console.log(JSON.stringify(told));
}
for (const child of next) child.kill('SIGKILL');
`;

/** Creates a guest, and dies, or waits for a file, when it comes to a phase. */
const AT_PHASE = `
import { existsSync, writeFileSync } from 'node:fs';
const [config, phase, then] = process.argv.slice(2);
const stack = await toolstack();
const plan = await stack.plan({ text: readFileSync(config, 'utf8') });
const pause = new Int32Array(new SharedArrayBuffer(4));
const onProgress = (progress) => {
  if (progress.phase !== phase || progress.step !== phase) return;
  if (then === 'die') process.kill(process.pid, 'SIGKILL');
  writeFileSync(then + '.there', '');
  while (!existsSync(then)) Atomics.wait(pause, 0, 0, 10);
};
const { domid } = await stack.create(plan, { onProgress });
console.log('created ' + domid);
`;

/** Creates a guest, and when xenstore is to be told of it waits for a line, and dies. */
const BEFORE_INTRODUCTION = `
import { readSync, writeSync } from 'node:fs';
const { definePlugin, XENSTORE } = await load('@xen-image/core');
const stack = await toolstack();
const { value, plugin } = stack.registry.ports.get(XENSTORE);
const dying = (store) => new Proxy(store, {
  get: (target, name) => {
    if (name !== 'introduce') return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
    return (domid) => {
      writeSync(1, domid + '\\n');
      readSync(0, Buffer.alloc(16));
      process.kill(process.pid, 'SIGKILL');
    };
  },
});
stack.registry.use(definePlugin({
  name: 'dies', contract: 1,
  register: (context) => context.port({
    token: XENSTORE, replaces: plugin.name, create: (scope) => dying(value.create(scope)),
  }),
}));
await stack.create(await stack.plan({ text: readFileSync(process.argv[2], 'utf8') }));
`;

/** Puts another domid of as many digits into the configuration that a saved guest of xl begins with. */
const REWRITE_DOMID = `
import { openSync, readSync, writeSync } from 'node:fs';
const [path, from, to] = process.argv.slice(2);
const file = openSync(path, 'r+');
const head = Buffer.alloc(65536);
readSync(file, head, 0, head.length, 0);
const at = head.indexOf('"domid": ' + from + ',');
if (at === -1) throw new Error('the saved guest names no domid ' + from);
writeSync(file, '"domid": ' + to, at);
`;

/** How a create ended that was to be killed. */
interface Killed {
  readonly afterMs: number | null;
  /** The last phase that it said it had come to. */
  readonly phase: string;
  readonly livedMs: number;
  /** What recovery did about it; `done` where it had come to its end, `nothing` where it had not begun. */
  readonly outcome: 'undone' | 'finished' | 'failed' | 'done' | 'nothing';
  readonly error?: string;
}

/** How many creates of a type are killed at once, and how often. */
const KILLED_AT_ONCE = 5;
const KILL_ROUNDS = Number(process.env['XEN_IMAGE_KILL_ROUNDS'] ?? 1);

/** The small kernel of each type. */
const SMALL = { pv: 'grub', hvm: 'tiny' } as const;

interface RecoveredJson {
  readonly outcome: string;
  readonly name?: string;
  readonly entry?: { readonly name: string; readonly domid?: number };
}

async function recover(host: Host): Promise<readonly RecoveredJson[]> {
  const printed = await host.must('xen-image recover --json');
  return (JSON.parse(printed) as { recovered: RecoveredJson[] }).recovered;
}

/** A create that died when it was about to introduce its guest to xenstore: a domain that is built, paused and unknown. */
async function leftBehind(tools: CaseTools, guest: OwnGuest): Promise<number> {
  const command = await program(tools.host, 'at-phase', AT_PHASE);
  const path = await writeConfig(tools.host, guest);
  const { exitCode, stdout, stderr } = await tools.host.run(`${command} ${path} introduce die`);
  equal(exitCode, 137, stdout + stderr);
  return domidOf(tools.host, guest.name);
}

function grub(tools: CaseTools, stem: string): OwnGuest {
  return { name: tools.fresh(stem), type: 'pv', memoryMib: 32, boots: 'grub' };
}

/** Recovery. */
export const recoveryCases: readonly Case[] = [
  {
    name: 'creates killed at random moments leave nothing once recovered',
    timeoutMs: 1_800_000,
    run: async (tools) => {
      const { host } = tools;
      const atFirst = await settledState(host);
      const killer = await program(host, 'killer', KILLER);
      const creator = (await program(host, 'creator', CREATOR)).replace('node ', '');
      const talk = converse(tools, `${killer} ${creator} ${String(KILLED_AT_ONCE)}`, 1_750_000);
      equal(await talk.hear(), 'ready');
      // With the process that kills, and those that are to be killed next.
      const before = await settledState(host);
      let undone = 0;
      for (const type of ['pv', 'hvm'] as const) {
        const kill = async (moments: readonly (number | null)[]): Promise<readonly Killed[]> => {
          const guests = moments.map((afterMs) => {
            const name = tools.fresh(`okill${type}`);
            return { name, text: configText({ name, type, memoryMib: 64, boots: SMALL[type] }), afterMs };
          });
          const killed = JSON.parse(await talk.ask(JSON.stringify(guests))) as readonly Killed[];
          const told = killed.map(({ afterMs, phase, outcome, error = '' }) => {
            return `${type} killed after ${String(afterMs ?? 'all')} ms, in ${phase}: ${outcome} ${error}`.trimEnd();
          });
          const explained = (cause: unknown): never => {
            throw new Error(`${told.join('\n')}\n${String(cause)}`, { cause });
          };
          const failed = killed.flatMap(({ outcome, error = '' }) => (outcome === 'failed' ? [error] : []));
          if (failed.length > 0) explained(`recovery failed: ${failed.join('; ')}`);
          await untilAsBefore(host, before).catch(explained);
          if (moments[0] !== null) for (const line of told) tools.note(line);
          return killed;
        };
        const whole = await kill(Array.from({ length: KILLED_AT_ONCE }, () => null));
        ok(whole.every(({ outcome }) => outcome === 'done'));
        const lifeMs = Math.min(...whole.map(({ livedMs }) => livedMs));
        for (let round = 0; round < KILL_ROUNDS; round++) {
          // One in each part of its life, so that no run sees its beginning alone; those of a round are neighbours, as the
          // others would be done sooner once one is killed.
          const moments = Array.from({ length: KILLED_AT_ONCE }, (_, index) => {
            const part = (round * KILLED_AT_ONCE + index + Math.random()) / (KILLED_AT_ONCE * KILL_ROUNDS);
            return Math.floor(part * lifeMs);
          });
          undone += (await kill(moments)).filter(({ outcome }) => outcome === 'undone').length;
        }
      }
      await talk.end();
      await untilAsBefore(host, atFirst);
      ok(undone >= 3 * KILL_ROUNDS, `only ${String(undone)} creates were caught at work`);
    },
  },
  {
    name: 'a create that dies before xenstore knows its guest, which xenconsoled has seen by then, leaves nothing',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const path = await writeConfig(host, grub(tools, 'ounknown'));
      const talk = converse(
        tools,
        `${await program(host, 'before-introduction', BEFORE_INTRODUCTION)} ${path}`,
        250_000,
      );
      const domid = Number(await talk.hear());
      // For each guest that comes or goes xenconsoled looks at all domains, also at those that xenstore does not know.
      const other = { name: tools.fresh('other'), type: 'pv', memoryMib: 32, kernel: '/boot/grub-pv' } as const;
      await xlCreate(host, other);
      await host.must(`xl destroy ${other.name}`);
      await host.must(`until xl list ${String(domid)} && ! xl list ${other.name} 2>/dev/null; do sleep 0.2; done`);
      await rejects(talk.ask('die'));
      deepEqual(
        (await recover(host)).map((one) => one.outcome),
        ['undone'],
      );
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'recovery leaves a guest of xl alone that has the domid of a create that crashed',
    timeoutMs: 400_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      // xl gives a domid again only to a guest that was saved with it: one is saved, and its domid rewritten.
      const name = tools.fresh('keep');
      await xlCreate(host, { name, type: 'pv', memoryMib: 128 });
      await untilPrinted(tools, consoleLog({ name, type: 'pv' }), 'GUEST-UP', 120_000);
      const savedDomid = await domidOf(host, name);
      await host.must(`xl save -D ${name} /root/keep.save`, { timeoutMs: 120_000 });
      const guest = grub(tools, 'ogone');
      const domid = await leftBehind(tools, guest);
      equal(String(domid).length, String(savedDomid).length, 'the two domids have as many digits');
      await host.must(`xl destroy ${guest.name}`);
      const rewrite = await program(host, 'rewrite-domid', REWRITE_DOMID);
      await host.must(`${rewrite} /root/keep.save ${String(savedDomid)} ${String(domid)}`);
      const restore =
        'LIBXL_DOMID_REUSE_TIMEOUT=0 xl restore /root/keep.save; code=$?; rm -f /root/keep.save; exit $code';
      await host.must(restore, { timeoutMs: 120_000 });
      equal(await domidOf(host, name), domid);
      const theirs = await settledState(host);
      const recovered = await recover(host);
      deepEqual(
        recovered.map((one) => one.outcome),
        ['undone'],
      );
      // Only the entry and what belongs to the uuid of the crashed create are gone.
      const after = await stateOf(host);
      equal(await domidOf(host, name), domid);
      deepEqual(after.domains, theirs.domains);
      const own = (nodes: readonly string[]): string[] =>
        nodes.filter((node) => node.startsWith(`/local/domain/${String(domid)}/`));
      ok(own(theirs.store).length > 20);
      deepEqual(own(after.store), own(theirs.store));
      match(await host.must(`xl list ${name}`), /[r-][b-]----/);
      await host.must(`xl destroy ${name}`);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a journal that an earlier boot left is put away, and the domain that has its domid and uuid is not touched',
    timeoutMs: 200_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest = grub(tools, 'oearlier');
      const domid = await leftBehind(tools, guest);
      const left = await settledState(host);
      ok(
        left.files.some((file) => file.endsWith('.json')),
        'there is a journal entry',
      );
      // What a reboot does to the journal: another boot id than the kernel's.
      await host.must(
        `sed -i "s/$(cat /proc/sys/kernel/random/boot_id)/11111111-2222-4333-8444-555555555555/" /run/xen-image/journal/*.json`,
      );
      deepEqual(await recover(host), []);
      const after = await stateOf(host);
      deepEqual({ ...after, files: [] }, { ...left, files: [] });
      ok(!after.files.some((file) => file.endsWith('.json')), 'the entry is gone');
      await host.must(`xen-image destroy ${String(domid)}`);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'of two creates at once the one that is killed is undone, and the other one goes on',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const living: OwnGuest = { name: tools.fresh('olives'), type: 'pv', memoryMib: 128 };
      const command = await program(host, 'at-phase', AT_PHASE);
      const path = await writeConfig(host, living);
      await host.must('rm -f /tmp/go /tmp/go.there');
      const creating = host.run(`${command} ${path} introduce /tmp/go`, { timeoutMs: 200_000, signal: tools.signal });
      await host.must('until [ -e /tmp/go.there ]; do sleep 0.1; done');
      const livingDomid = await domidOf(host, living.name);
      const killed = grub(tools, 'odies');
      await leftBehind(tools, killed);
      deepEqual(
        (await recover(host)).map((one) => one.outcome),
        ['undone'],
      );
      deepEqual([...(await domains(host))], [[living.name, livingDomid]]);
      await host.must('touch /tmp/go');
      const { stdout, stderr, exitCode } = await creating;
      equal(exitCode, 0, stderr);
      equal(stdout.trim(), `created ${String(livingDomid)}`);
      await untilPrinted(tools, consoleLog(living), 'GUEST-UP', 120_000);
      await host.must(`xen-image destroy ${living.name}`);
      await untilAsBefore(host, before);
    },
  },
];
