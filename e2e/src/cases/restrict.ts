/** Device models that give up the rights of root, and what they do over their machine protocol. */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Case } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { failsWith, program, writeConfig, type OwnGuest } from '../own-guest.js';

export const restrictCases: readonly Case[] = [
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
xenstore-write $D/state running
xenstore-watch $D/command | while read -r path; do
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
