/** Commands beside `create` and `destroy`: what the host is examined for, consoles, guests that are asked to end. */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilGone, untilPrinted } from '../guest.js';
import { shellQuote } from '../host.js';
import { create, domidOf } from '../own-guest.js';

interface CheckResult {
  readonly name: string;
  readonly status: string;
  readonly said: string;
  readonly cure?: string;
}

/** What `xen-image doctor` finds, by the names of its checks. */
async function examination({ host }: CaseTools): Promise<{ readonly code: number; readonly checks: CheckResult[] }> {
  const { exitCode, stdout } = await host.run('xen-image doctor --json');
  return { code: exitCode, checks: (JSON.parse(stdout) as { checks: CheckResult[] }).checks };
}

const namesOf = (checks: readonly CheckResult[], status: string): string[] =>
  checks.filter((one) => one.status === status).map(({ name }) => name);

/** Runs the command as a user who is nobody. */
const AS_NOBODY = `
process.setgroups([]);
process.setgid(65534);
process.setuid(65534);
const { status } = require('node:child_process').spawnSync('xen-image', process.argv.slice(1), { stdio: 'inherit' });
process.exit(status ?? 99);
`;

/** A command as a user of domain 0 has it who is not root. */
function asPlainUser({ host }: CaseTools, args: string) {
  return host.run(`cd / && HOME=/tmp node -e ${shellQuote(AS_NOBODY)} -- ${args}`);
}

/** The error of a command that a plain user was refused. */
async function refusedToPlainUser(tools: CaseTools, args: string): Promise<{ code: string; hint?: string }> {
  const { exitCode, stdout, stderr } = await asPlainUser(tools, `${args} --json`);
  equal(exitCode, 1, stderr);
  return (JSON.parse(stdout) as { error: { code: string; hint?: string } }).error;
}

/** Starts what carries out the commands of others, and ends it at the end. */
async function whileServed({ host }: CaseTools, work: () => Promise<void>): Promise<string> {
  await host.must('xen-image serve > /tmp/serve.log 2>&1 & echo $! > /tmp/serve.pid');
  try {
    await host.must('until grep -q "^serving at" /tmp/serve.log; do sleep 0.1; done');
    await work();
  } finally {
    await host.must('kill $(cat /tmp/serve.pid); while [ -e /proc/$(cat /tmp/serve.pid) ]; do sleep 0.1; done');
  }
  return host.must('cat /tmp/serve.log');
}

export const commandCases: readonly Case[] = [
  {
    name: 'a guest that a service creates and destroys for other processes is as any other, and nothing is left',
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const name = tools.fresh('served');
      await host.must('mkdir -p /tmp/served && cat > /tmp/served/guest.cfg', {
        input: `name = "${name}"\ntype = "pv"\nkernel = "grub"\nmemory = 64\n`,
      });
      await host.must('cp /boot/grub-pv /tmp/served/grub');
      const said = await whileServed(tools, async () => {
        // The kernel is named relative to the directory of whoever asks.
        match(await host.must('cd /tmp/served && xen-image create --paused guest.cfg'), /^created served-/);
        match(await host.must('xl list'), new RegExp(`^${name} +\\d+ +64 +1 +--p---`, 'm'));
        const twice = await host.run('cd /tmp/served && xen-image create guest.cfg --json');
        equal((JSON.parse(twice.stdout) as { error: { code: string } }).error.code, 'NAME_TAKEN');
        equal(twice.exitCode, 1);
        await host.must(`xen-image unpause ${name} && xen-image destroy ${name}`);
      });
      equal(said.match(/exit code 0$/gm)?.length, 3, said);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a user who is not root plans guests and examines the host, and is told which right is lacking for the rest',
    run: async (tools) => {
      const { host } = tools;
      const config = '/tmp/plain.cfg';
      const name = tools.fresh('plain');
      await host.must(`cat > ${config} && chmod 644 ${config}`, {
        input: `name = "${name}"\nmemory = 64\nkernel = "/boot/grub-pv"\n`,
      });
      const planned = await asPlainUser(tools, `plan ${config} --json`);
      equal(planned.exitCode, 0, planned.stderr);
      equal((JSON.parse(planned.stdout) as { plan: { config: { name: string } } }).plan.config.name, name);
      const examined = JSON.parse((await asPlainUser(tools, 'doctor --json')).stdout) as { checks: CheckResult[] };
      match(examined.checks.map(({ said, cure = '' }) => `${said} ${cure}`).join('\n'), /root/);
      for (const args of ['list', `create ${config}`, 'destroy 4711']) {
        const { code, hint = '' } = await refusedToPlainUser(tools, args);
        match(code, /^(?:HYPERVISOR_CALL_FAILED|XENSTORE_CONNECT)$/, args);
        match(hint, /root/, args);
      }
      deepEqual((await host.must('xl list')).includes(name), false);
    },
  },
  {
    name: 'xen-image doctor finds nothing wrong with a host but that nobody supervises it',
    run: async (tools) => {
      const { code, checks } = await examination(tools);
      equal(code, 0);
      deepEqual(namesOf(checks, 'failed'), []);
      deepEqual(namesOf(checks, 'warning'), ['supervision']);
      match(checks.find(({ name }) => name === 'hypervisor')?.said ?? '', /^Xen 4\.17$/);
    },
  },
  {
    name: 'xen-image doctor says that a host without SVM makes no HVM guests, and what to do',
    machine: 'noHvm',
    run: async (tools) => {
      const { code, checks } = await examination(tools);
      equal(code, 0);
      deepEqual(
        namesOf(checks, 'warning').filter((name) => name !== 'supervision'),
        ['HVM guests', 'HAP'],
      );
      match(checks.find(({ name }) => name === 'HVM guests')?.cure ?? '', /firmware/);
    },
  },
  {
    name: 'xen-image console shows what a PV guest prints, and passes on what is typed',
    run: async (tools) => {
      const { host } = tools;
      const name = tools.fresh('console');
      await create(tools, { name, type: 'pv', memoryMib: 128 });
      await untilPrinted(tools, consoleLog({ name, type: 'pv' }), 'GUEST-UP', 240_000);
      // Typed again and again until it is answered: the guest's shell may not listen yet.
      const typed = "while sleep 1; do echo 'echo TYPED-$((6 * 7))'; done";
      const shown = `{ timeout 100 xen-image console -q ${name}; echo "exit code $?" >&2; }`;
      const { stdout, stderr } = await host.run(`(${typed}) | ${shown} | grep -m 1 TYPED-42`);
      match(stdout, /TYPED-42/);
      match(stderr, /^exit code 0$/m, 'it stays when nobody reads it any more');
      let isOpen = (): void => undefined;
      const opened = new Promise<void>((resolve) => (isOpen = resolve));
      const watched = host.run(`(while sleep 1; do echo; done) | timeout 100 xen-image console ${name}`, {
        onStdout: isOpen,
        onStderr: isOpen,
      });
      await Promise.race([opened, watched]);
      await host.must(`xen-image destroy ${name}`);
      const left = await watched;
      equal(left.exitCode, 0);
      match(left.stderr, /is closed/);
    },
  },
  {
    name: 'a PV guest that xen-image shutdown asks to end has powered off when the command returns',
    run: async (tools) => {
      const { host } = tools;
      const name = tools.fresh('asked');
      await create(tools, { name, type: 'pv', memoryMib: 128 });
      const domid = await domidOf(host, name);
      await untilPrinted(tools, consoleLog({ name, type: 'pv' }), 'GUEST-UP', 240_000);
      const answer = JSON.parse(await host.must(`xen-image shutdown --json ${name}`, { timeoutMs: 90_000 })) as object;
      equal((answer as { ended: unknown }).ended, 'poweroff');
      match(await host.must(`xl list ${String(domid)}`), /---s--/);
      await host.must(`xen-image destroy ${name}`);
      await untilGone(host, name);
    },
  },
  {
    name: 'a guest that does not act on it is told of when the time is over, and runs on',
    run: async (tools) => {
      const { host } = tools;
      const name = tools.fresh('deaf');
      await create(tools, { name, type: 'pv', memoryMib: 64, boots: 'grub' });
      const { exitCode, stdout } = await host.run(`xen-image shutdown --json --timeout 2 ${name}`);
      equal(exitCode, 1);
      equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'SHUTDOWN_IGNORED');
      await domidOf(host, name);
      await host.must(`xen-image destroy ${name}`);
    },
  },
];
