/** Device models that give up the rights of root, and what they do over their machine protocol. */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Case } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilPrinted } from '../guest.js';
import type { Host } from '../host.js';
import { create, domidOf, failsWith, program, writeConfig, type OwnGuest } from '../own-guest.js';

/** The uid of domain 0's device model, if it had one. */
const FIRST_UID = 0x7a00_0000;

/** What the kernel says of a process: a line of its status by name. */
async function statusOf(host: Host, pid: string): Promise<ReadonlyMap<string, string>> {
  const text = await host.must(`cat /proc/${pid}/status`);
  return new Map(
    text.split('\n').map((line) => {
      const [name = '', value = ''] = line.split(':\t');
      return [name, value.trim()] as const;
    }),
  );
}

async function pidOf(host: Host, domid: number): Promise<string> {
  return (await host.must(`xenstore-read /local/domain/${String(domid)}/image/device-model-pid`)).trim();
}

/** Talks to a device model over its control socket and its port, and prints what came of it as JSON. */
const TALK = `
import { openSync, readSync, statSync } from 'node:fs';
const { openQmp, qmpSocketPath } = await load('@xen-image/dm-qemu');
const { DEVICE_MODELS, Operation } = await load('@xen-image/core');
const domid = Number(process.argv[2]);
const state = '/tmp/state-' + domid;
const said = {};
const failure = (error) => ({ code: error.code, message: error.message });
const qmp = await openQmp(qmpSocketPath(domid), 30000);
await qmp.stop();
said.stopped = (await qmp.status()).status;
await qmp.cont();
said.continued = (await qmp.status()).status;
await qmp.addDevice({ driver: 'usb-tablet', id: 'tablet' });
said.again = await qmp.addDevice({ driver: 'usb-tablet', id: 'tablet' }).catch(failure);
await qmp.removeDevice('tablet');
said.gone = await qmp.removeDevice('tablet').catch(failure);
said.screen = await qmp.screendump('/tmp/screen-' + domid).then(
  () => readFileSync('/tmp/screen-' + domid).toString('latin1', 0, 2), failure);
said.vnc = await qmp.vnc();
qmp.close();
const stack = await toolstack();
const operation = new Operation(stack.registry);
const models = operation.get(DEVICE_MODELS);
await models.save(domid, state);
const head = Buffer.alloc(4);
readSync(openSync(state, 'r'), head, 0, 4, 0);
said.state = { magic: head.toString('latin1'), mode: statSync(state).mode & 0o7777, uid: statSync(state).uid, bytes: statSync(state).size };
const after = await openQmp(qmpSocketPath(domid), 30000);
said.saved = (await after.status()).status;
await after.cont();
after.close();
console.log(JSON.stringify(said));
process.exit(0);
`;

interface Failure {
  readonly code: string;
  readonly message: string;
}

interface Talked {
  readonly stopped: string;
  readonly continued: string;
  readonly again: Failure;
  readonly gone: Failure;
  readonly screen: string | Failure;
  readonly vnc?: { readonly display: number };
  readonly state: { readonly magic: string; readonly mode: number; readonly uid: number; readonly bytes: number };
  readonly saved: string;
}

async function talk(host: Host, domid: number): Promise<Talked> {
  const command = await program(host, 'talk', TALK);
  return JSON.parse(await host.must(`${command} ${String(domid)}`, { timeoutMs: 180_000 })) as Talked;
}

export const restrictCases: readonly Case[] = [
  {
    name: 'a device model runs as a user of its own in an empty root, for its domain alone, and does what it is told there',
    emulated: true,
    timeoutMs: 600_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest: OwnGuest = {
        name: tools.fresh('orights'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'tiny',
        lines: ['vnc = 1', 'vncunused = 1', 'usb = 1'],
      };
      const path = await writeConfig(host, guest);
      const created = JSON.parse(await host.must(`xen-image create --json ${path}`, { timeoutMs: 180_000 })) as {
        domain: { domid: number; vncDisplay?: number };
      };
      const { domid, vncDisplay } = created.domain;
      equal(vncDisplay, 0);
      match(await host.must('xen-image list'), new RegExp(`${guest.name} .* :0$`, 'm'));
      const pid = await pidOf(host, domid);
      const uid = FIRST_UID + domid;
      const status = await statusOf(host, pid);
      const ids = [uid, uid, uid, uid].join('\t');
      deepEqual([status.get('Uid'), status.get('Gid'), status.get('Groups')], [ids, ids, String(uid)]);
      equal(status.get('CapEff'), '0000000000000000');
      const root = `/run/xen/qemu-root-${String(domid)}`;
      equal((await host.must(`readlink /proc/${pid}/root`)).trim(), root);
      equal((await host.must(`stat -c '%a %u' ${root}; ls -A ${root}`)).trim(), '0 0');
      match(await host.must(`tr '\\0' ' ' < /proc/${pid}/cmdline`), / -xen-domid-restrict /);
      match(await host.must(`cat /proc/${pid}/limits`), /^Max processes +256 +256 /m);
      match(await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', 240_000), /GUEST-FACT kernel=tiny/);

      const talked = await talk(host, domid);
      deepEqual([talked.stopped, talked.continued, talked.saved], ['paused', 'running', 'paused']);
      equal(talked.again.code, 'QMP_FAILED');
      match(talked.again.message, /[Dd]uplicate/);
      match(talked.gone.message, /not found/);
      equal((talked.screen as Failure).code, 'QMP_FAILED');
      equal(talked.vnc?.display, vncDisplay);
      const { magic, mode, uid: owner, bytes } = talked.state;
      deepEqual({ magic, mode, owner }, { magic: 'QEVM', mode: 0o600, owner: 0 });
      tools.note(`the state of its devices has ${String(bytes)} bytes`);

      await host.must(`xen-image destroy ${guest.name}`);
      equal(await host.must(`ls -d ${root} /run/xen/qmp-lib*-${String(domid)} 2>/dev/null || true`), '');
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a device model keeps the rights of root where that is asked for, and shows its screen in a file',
    emulated: true,
    timeoutMs: 400_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest: OwnGuest = {
        name: tools.fresh('oroot'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'tiny',
        lines: ['usb = 1', 'dm_restrict = 1'],
      };
      match(await host.must(`xen-image plan ${await writeConfig(host, guest)}`), /runs as user 2046820352\+<domid>/);
      match(await host.must(`xen-image plan --no-dm-restrict /root/${guest.name}.cfg`), /keeps the rights of root/);
      await create(tools, guest, '--no-dm-restrict');
      const domid = await domidOf(host, guest.name);
      equal((await statusOf(host, await pidOf(host, domid))).get('Uid'), '0\t0\t0\t0');
      await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', 240_000);
      const talked = await talk(host, domid);
      equal(talked.screen, 'P6');
      equal(talked.state.magic, 'QEVM');
      await host.must(`xen-image destroy ${guest.name}`);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a device model without a user to run as, without its program or without DES for a password is refused with what to do',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest = (...lines: string[]): OwnGuest => ({
        name: tools.fresh('orefuse'),
        type: 'hvm',
        memoryMib: 64,
        boots: 'tiny',
        lines,
      });
      const named = await failsWith(host, guest('device_model_user = "nobody-here"'), 'DEVICE_MODEL_USER');
      match(named.message, /nobody-here/);
      const base = 'xen-qemuuser-range-base';
      await host.must(`cp /etc/passwd /tmp/passwd; echo '${base}:x:0:0::/:/bin/false' >> /etc/passwd`);
      try {
        match((await failsWith(host, guest(), 'DEVICE_MODEL_USER')).hint ?? '', /adduser/);
      } finally {
        await host.must('cat /tmp/passwd > /etc/passwd');
      }
      const password = await failsWith(host, guest('vnc = 1', 'vncpasswd = "secret"'), 'DEVICE_MODEL_DIED');
      match((password.said ?? []).join('\n'), /DES/);
      const path = await writeConfig(host, guest());
      const xend = await host.run(`xen-image create --json --profile xend ${path}`, { timeoutMs: 120_000 });
      equal(xend.exitCode, 1);
      const { error } = JSON.parse(xend.stdout) as { error: { code: string; message: string; hint: string } };
      deepEqual([error.code, /qemu-dm/.test(error.hint)], ['DEVICE_MODEL_MISSING', true], xend.stdout);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a device model of 2009 takes its commands over a real xenstore',
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      await host.must(`cat > /tmp/fake-dm; chmod 755 /tmp/fake-dm`, { input: FAKE_DM });
      const command = await program(host, 'commands', COMMANDS);
      const said = JSON.parse(await host.must(command, { timeoutMs: 60_000 })) as Record<string, unknown>;
      deepEqual(said, {
        save: null,
        stateAfterSave: 'running',
        inserted: '0x20',
        removed: '0000:03:00.0',
        commands: ['save', 'pci-ins 0000:03:00.0@0', 'pci-rem 0000:03:00.0', 'continue'],
        late: 'DEVICE_MODEL_COMMAND_TIMEOUT',
        left: ['nonsense', 'running'],
        died: 'DEVICE_MODEL_DIED',
      });
      await untilAsBefore(host, before);
    },
  },
];

/** A device model of 2009 that emulates nothing: it answers the commands of xenstore, as qemu-dm did. */
const FAKE_DM = `#!/bin/bash
D=/local/domain/0/device-model/$1
begun=
xenstore-watch $D/command | while read -r path; do
  # The first event says that the watch is there. It runs only then: a command would come twice else.
  if [ -z "$begun" ]; then begun=1; xenstore-write $D/state running; continue; fi
  command=$(xenstore-read $D/command 2>/dev/null) || continue
  parameter=$(xenstore-read $D/parameter 2>/dev/null)
  case $command in
    save) echo save; xenstore-write $D/state paused ;;
    pci-ins) echo pci-ins $parameter; xenstore-write $D/parameter 0x20 $D/state pci-inserted ;;
    pci-rem) echo pci-rem $parameter; xenstore-write $D/state pci-removed ;;
    continue) echo continue ;;
    die) kill -9 $$ ;;
  esac
done
`;

const COMMANDS = `
const { DEVICE_MODELS, Operation, XENSTORE } = await load('@xen-image/core');
const stack = await toolstack();
const operation = new Operation(stack.registry);
const models = operation.get(DEVICE_MODELS);
const store = operation.get(XENSTORE);
const domid = 32000;
const directory = '/local/domain/0/device-model/' + domid;
const { logPath } = await models.start({
  domid, name: 'fake-2009', uuid: '00000000-0000-4000-8000-000000032000', program: '/tmp/fake-dm', args: [String(domid)],
  environment: {}, readiness: 'process',
});
while ((await store.read(directory + '/state')) !== 'running') await new Promise((resolve) => setTimeout(resolve, 20));
const said = {};
said.save = (await models.command(domid, { command: 'save', answer: 'paused' })) ?? null;
said.stateAfterSave = await store.read(directory + '/state');
said.inserted = await models.command(domid, { command: 'pci-ins', answer: 'pci-inserted', parameter: '0000:03:00.0@0' });
said.removed = await models.command(domid, { command: 'pci-rem', answer: 'pci-removed', parameter: '0000:03:00.0' });
await models.command(domid, { command: 'continue', answer: null });
const lines = () => readFileSync(logPath, 'utf8').split('\\n').filter((line) => line !== '');
while (!lines().includes('continue')) await new Promise((resolve) => setTimeout(resolve, 20));
said.commands = lines();
said.late = await models.command(domid, { command: 'nonsense', answer: 'done', timeoutMs: 300 }).catch((error) => error.code);
said.left = [await store.read(directory + '/command'), await store.read(directory + '/state')];
said.died = await models.command(domid, { command: 'die', answer: 'dead' }).catch((error) => error.code);
await models.stop(domid);
await store.remove('/local/domain/' + domid);
console.log(JSON.stringify(said));
process.exit(0);
`;
