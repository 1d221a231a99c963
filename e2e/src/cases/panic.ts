/** A host that breaks must not look like a slow one. */
import { equal, match, ok, rejects } from 'node:assert/strict';
import type { Case } from '../case.js';
import { bootHost, hasFailed, type Host } from '../host.js';
import { askMonitor, standstillOf } from '../standstill.js';

async function untilFailed(host: Host): Promise<void> {
  const until = performance.now() + 30_000;
  while (!hasFailed(await host.serial())) {
    ok(performance.now() < until, `no panic: ${(await host.serial()).slice(-500)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Faults of a host, each seen at once. */
export const panicCases: readonly Case[] = [
  {
    name: "a panic of dom0's kernel ends the command that runs",
    // Its own machine, so that the panic takes no other case along.
    machine: 'noHvm',
    run: async () => {
      const host = await bootHost({ name: `panic-${String(process.pid)}`, memoryMib: 3072, hvm: false });
      try {
        const started = performance.now();
        await rejects(host.run('echo c > /proc/sysrq-trigger; sleep 60'), /the host is gone while it ran/);
        ok(performance.now() - started < 20_000);
        match(await host.serial(), /Kernel panic - not syncing: sysrq triggered crash/);
      } finally {
        await host.close();
      }
    },
  },
  {
    name: 'a machine that stands still is told from one that answers, and looked at from outside',
    machine: 'noHvm',
    run: async () => {
      const host = await bootHost({ name: `still-${String(process.pid)}`, memoryMib: 3072, hvm: false });
      try {
        equal(await standstillOf(host), undefined);
        await askMonitor(host, [{ execute: 'stop' }]);
        match((await standstillOf(host, 2000)) ?? '', /CPU#0 RIP=.* HLT=\d CPU#1 .*\d+: \d+/);
        await askMonitor(host, [{ execute: 'cont' }]);
        await untilFailed(host);
        // The look itself is what ends Xen, and it tells where it was.
        match(await host.serial(), /FATAL TRAP: vector = 2|NMI/);
        equal(await standstillOf(host, 2000), undefined, 'a panic is no standstill');
      } finally {
        await host.close();
      }
    },
  },
  {
    name: 'a dom0 that cannot start its daemons fails the boot with the reason',
    machine: 'noHvm',
    run: async () => {
      const boot = bootHost({
        name: `broken-${String(process.pid)}`,
        memoryMib: 3072,
        hvm: false,
        dom0Args: ['rig.xenstore=none'],
      });
      await rejects(boot, /RIG-FAILED.*xenstored does not start/s);
    },
  },
];
