/** A toolstack that is killed in each phase of a device model's life, and what the next one makes of what it left. */
import { equal, match } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { converse, type Conversation } from '../conversation.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilPrinted } from '../guest.js';
import { domidOf, program, writeConfig } from '../own-guest.js';
import { countingGuest, countsOn } from './device-model-state.js';

/**
 * Does one thing with a toolstack whose ports are looked through, and ends itself by SIGKILL at the call of a phase: no time decides where
 * it dies.
 */
const DIES_AT = `
import { existsSync, watch, writeSync } from 'node:fs';
const core = await load('@xen-image/core');
const { DEVICE_MODELS, definePlugin, JOURNAL, POSIX, XENSTORE } = core;
const [work, phase, what, state] = process.argv.slice(2);
const die = () => {
  writeSync(1, phase + '\\n');
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
const PHASES = {
  'before its sentinel': [POSIX, 'mkfifo', 'before', () => true],
  'started, its pid nowhere': [POSIX, 'identify', 'before', () => true],
  'its pid stored, not ready': [XENSTORE, 'write', 'after', ([writes]) => writes.some(({ path }) => path.startsWith('/xen-image/device-model/'))],
  'ready, the journal not told': [JOURNAL, 'update', 'before', ([{ finish }]) => finish !== undefined],
  'ready, the journal told': [JOURNAL, 'update', 'after', ([{ finish }]) => finish !== undefined],
  'saved, the journal not told': [DEVICE_MODELS, 'save', 'after', () => true],
  'the old one ended, no new one': [DEVICE_MODELS, 'stop', 'after', () => true],
  'the new one started, not ready': [XENSTORE, 'write', 'after', ([writes]) => writes.some(({ path }) => path.startsWith('/xen-image/device-model/'))],
  'told to end by SIGHUP': [POSIX, 'signal', 'after', ([, name]) => name === 'SIGHUP'],
  'ended, half of its nodes removed': [XENSTORE, 'remove', 'after', ([path]) => path.startsWith('/local/domain/0/device-model/')],
};
const [token, method, moment, fits] = PHASES[phase] ?? [];
const through = (port) => new Proxy(port, {
  get: (target, name) => {
    const own = target[name];
    if (name === 'open' && token === JOURNAL) return async (...args) => through(await own.apply(target, args));
    if (name !== method) return typeof own === 'function' ? own.bind(target) : own;
    return async (...args) => {
      if (fits(args) && moment === 'before') await die();
      const answer = await own.apply(target, args);
      if (fits(args)) await die();
      return answer;
    };
  },
});
const stack = await toolstack();
if (token !== undefined) {
  const { value, plugin } = stack.registry.ports.get(token);
  stack.registry.use(definePlugin({
    name: 'dies', contract: 1,
    register: (context) => context.port({ token, replaces: plugin.name, create: (scope) => through(value.create(scope)) }),
  }));
}
if (phase === 'its state being written') {
  const domid = (await stack.list()).find(({ name }) => name === what).domid;
  // QEMU has the file open as soon as it is there and the directory is open to it.
  watch('/run/xen/qemu-root-' + domid, (_, name) => name === 'state' && die());
}
switch (work) {
  case 'create': await stack.create(await stack.plan({ text: readFileSync(what, 'utf8') }), { paused: true, attended: true }); break;
  case 'save': await stack.saveDeviceModel(what, state); break;
  case 'restore': await stack.restoreDeviceModel(what, state); break;
  case 'destroy': await stack.destroy(what); break;
  case 'recover': console.log(JSON.stringify(await stack.recover()));
}
writeSync(1, 'lived\\n');
process.exit(0);
`;

interface Recovered {
  readonly outcome: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Has a toolstack killed in a phase of what it does. */
async function killedIn(tools: CaseTools, command: string, phase: string, words: string): Promise<void> {
  const { exitCode, stdout, stderr } = await tools.host.run(`${command} ${words.replace(' ', ` '${phase}' `)}`, {
    timeoutMs: 120_000,
  });
  equal(exitCode, 137, `${phase}: ${stdout}${stderr}`);
  equal(stdout.trim(), phase);
  tools.note(`${words.split(' ')[0] ?? ''} killed when ${phase}`);
}

/** Recovers for each line that it is told. */
const RECOVERER = `
import { createInterface } from 'node:readline';
const stack = await toolstack();
console.log('ready');
for await (const _ of createInterface(process.stdin)) console.log(JSON.stringify(await stack.recover()));
process.exit(0);
`;

/** Has another toolstack recover. @returns what came of the one entry that was left */
async function recoveredBy(talk: Conversation, tools: CaseTools): Promise<string> {
  const all = JSON.parse(await talk.ask('recover')) as readonly Recovered[];
  equal(all.length, 1, JSON.stringify(all));
  const [{ outcome, error } = { outcome: '', error: undefined }] = all;
  tools.note(`  then: ${outcome}${error === undefined ? '' : ` [${error.code}] ${error.message}`}`);
  return outcome;
}

/** Phases of a create in which nothing is to stay of the guest. */
const UNDONE = [
  'before its sentinel',
  'started, its pid nowhere',
  'its pid stored, not ready',
  'ready, the journal not told',
] as const;

const SENTINELS = 'ls /run/xen-image/device-models/ | grep -c fifo || true';

/** Toolstacks that are killed. */
export const deviceModelKillCases: readonly Case[] = [
  {
    name: 'a toolstack that is killed in any phase of a device model leaves what the next one undoes, takes over or finishes',
    emulated: true,
    timeoutMs: 900_000,
    run: async (tools) => {
      const { host } = tools;
      const atFirst = await settledState(host);
      const recoverer = converse(tools, await program(host, 'recoverer', RECOVERER), 850_000);
      equal(await recoverer.hear(), 'ready');
      const before = await settledState(host);
      const recovered = (): Promise<string> => recoveredBy(recoverer, tools);
      const sentinels = await host.must(SENTINELS);
      const command = await program(host, 'dies-at', DIES_AT);
      const guest = countingGuest(tools, 'okilled');
      const path = await writeConfig(host, guest);
      await host.must(`head -c 1048576 /dev/urandom > /root/${guest.name}.img`);
      const kill = (phase: string, words: string): Promise<void> => killedIn(tools, command, phase, words);
      const isGone = async (): Promise<void> => {
        await untilAsBefore(host, before);
        equal(await host.must(SENTINELS), sentinels);
      };
      for (const phase of UNDONE) {
        await kill(phase, `create ${path}`);
        equal(await recovered(), 'undone', phase);
        await isGone();
      }
      await kill('ready, the journal told', `create ${path}`);
      equal(await recovered(), 'finished');
      const domid = await domidOf(host, guest.name);
      const pid = (await host.must(`xenstore-read /local/domain/${String(domid)}/image/device-model-pid`)).trim();
      equal((await host.must(`readlink /proc/${pid}/root`)).trim(), `/run/xen/qemu-root-${String(domid)}`);

      // The device model of one that was killed serves its guest, and others find it.
      await host.must(`xen-image unpause ${guest.name}`);
      const printed = await untilPrinted(tools, consoleLog(guest), 'GUEST-TICK 4 ', 240_000);
      const disk = /GUEST-TICK 3 (disk=[0-9a-f]+)/.exec(printed)?.[1] ?? '';
      const state = `/root/${guest.name}.qemu`;
      for (const phase of ['its state being written', 'saved, the journal not told']) {
        await kill(phase, `save ${guest.name} ${state}`);
        equal(await recovered(), 'undone', phase);
        await host.must(`ls ${state}.partial 2>/dev/null && exit 1; rm -f ${state}`);
      }
      const counted = await countsOn(tools, guest, 3, disk);
      await host.must(`xen-image save-device-model ${guest.name} ${state}`, { timeoutMs: 120_000 });
      await kill('the old one ended, no new one', `restore ${guest.name} ${state}`);
      await kill('the new one started, not ready', 'recover all');
      equal(await recovered(), 'finished');
      await countsOn(tools, guest, counted, disk);

      await kill('told to end by SIGHUP', `destroy ${guest.name}`);
      await kill('ended, half of its nodes removed', 'recover all');
      equal(await recovered(), 'finished');
      await isGone();
      await recoverer.end();
      await untilAsBefore(host, atFirst);
      await host.must(`rm /root/${guest.name}.*`);
      match(await host.must('xen-image recover'), /nothing is unfinished/);
    },
  },
];
