/** Toolstack processes that are killed, and what is left of their work. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, stateOf, untilAsBefore } from '../dom0-state.js';
import { consoleLog, domains, untilPrinted, xlCreate } from '../guest.js';
import type { Host } from '../host.js';
import { domidOf, program, writeConfig, type OwnGuest } from '../own-guest.js';

/**
 * Runs \`xen-image create\` and kills it so many milliseconds after its journal entry came, or never; says for how long it
 * lived from there on.
 */
const KILL_LATER = `
import { spawn } from 'node:child_process';
import { mkdirSync, watch } from 'node:fs';
const [afterMs, ...args] = process.argv.slice(2);
const journal = '/run/xen-image/journal';
mkdirSync(journal, { recursive: true, mode: 0o700 });
let since;
const watcher = watch(journal, () => {
  if (since !== undefined) return;
  since = performance.now();
  if (afterMs !== 'never') setTimeout(() => child.kill('SIGKILL'), Number(afterMs));
});
const child = spawn('xen-image', ['create', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
child.once('exit', (code, signal) => {
  watcher.close();
  console.log(JSON.stringify({ code, signal, livedMs: since === undefined ? null : performance.now() - since }));
});
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

interface Killed {
  readonly code: number | null;
  readonly signal: string | null;
  readonly livedMs: number | null;
}

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
    name: 'creates killed at ten random moments leave nothing once recovered',
    timeoutMs: 600_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const command = await program(host, 'kill-later', KILL_LATER);
      const kill = async (guest: OwnGuest, afterMs: string): Promise<Killed> => {
        const path = await writeConfig(host, guest);
        const printed = await host.must(`${command} ${afterMs} --paused ${path}`, { timeoutMs: 120_000 });
        return JSON.parse(printed) as Killed;
      };
      const guestOf = (type: 'pv' | 'hvm'): OwnGuest => ({
        name: tools.fresh(`okill${type}`),
        type,
        memoryMib: type === 'pv' ? 128 : 64,
        boots: type === 'pv' ? 'debian' : 'tiny',
      });
      const outcomes: string[] = [];
      for (const type of ['pv', 'hvm'] as const) {
        const whole = guestOf(type);
        const { code, livedMs } = await kill(whole, 'never');
        equal(code, 0);
        ok(livedMs !== null, 'the create wrote no journal');
        await host.must(`xen-image destroy ${whole.name}`);
        await untilAsBefore(host, before);
        for (let part = 0; part < 5; part++) {
          // One in each fifth of its life, so that no run sees its beginning alone.
          const afterMs = Math.floor(((part + Math.random()) / 5) * livedMs);
          const guest = guestOf(type);
          const killed = await kill(guest, String(afterMs));
          const recovered = await recover(host);
          const outcome = recovered.map((one) => one.outcome).join() || (killed.signal === null ? 'done' : 'nothing');
          outcomes.push(`${type} killed after ${String(afterMs)} of ${livedMs.toFixed(0)} ms: ${outcome}`);
          ok(!recovered.some((one) => one.outcome === 'failed'), JSON.stringify(recovered));
          if (killed.signal === null || outcome === 'finished') await host.must(`xen-image destroy ${guest.name}`);
          await untilAsBefore(host, before).catch((cause: unknown) => {
            throw new Error(`${outcomes.at(-1) ?? ''}: ${String(cause)}`, { cause });
          });
        }
      }
      for (const outcome of outcomes) tools.note(outcome);
      const undone = outcomes.filter((outcome) => outcome.endsWith('undone')).length;
      ok(undone >= 5, `only ${String(undone)} creates were caught at work`);
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
