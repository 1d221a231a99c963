/** A host that breaks must not look like a slow one. */
import { match, ok, rejects } from 'node:assert/strict';
import type { Case } from '../case.js';
import { bootHost } from '../host.js';

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
