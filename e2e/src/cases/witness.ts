/** xl beside our command in one dom0: it sees our guests, works on them, and its guests are respected. */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Case } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, domains, untilGone, untilPrinted, xlCreate } from '../guest.js';
import { create, domidOf, failsWith, type OwnGuest } from '../own-guest.js';

/** The two toolstacks together. */
export const witnessCases: readonly Case[] = [
  {
    name: 'xl lists our guest, pauses it, speaks with it on its console, and destroys it',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest: OwnGuest = { name: tools.fresh('oxl'), type: 'pv', memoryMib: 128 };
      await create(tools, guest, '--paused');
      const row = new RegExp(`^${guest.name} +\\d+ +128 +1 +[r-][b-]p--- `, 'm');
      match(await host.must('xl list'), row);
      await host.must(`xl unpause ${guest.name}`);
      await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', 120_000);
      await host.must(`xl pause ${guest.name}`);
      match(await host.must('xl list'), row);
      await host.must(`xl unpause ${guest.name}`);
      // xl's console wants a terminal: socat gives it one.
      const spoken = await host.run(
        `(for i in $(seq 30); do echo 'echo spoken-$((6 * 7))'; sleep 1; done) | timeout 40 socat -t 2 - EXEC:'xl console ${guest.name}',pty,rawer | grep -m 1 -o spoken-42`,
        { timeoutMs: 60_000 },
      );
      equal(spoken.stdout.trim(), 'spoken-42');
      await host.must(`xl destroy ${guest.name}`);
      await untilGone(host, guest.name);
      // What xl does not know of stays until the name is used again, or by hand.
      await create(tools, guest, '--paused');
      await host.must(`xen-image destroy ${guest.name}`);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'our guest that xl destroyed leaves its name to the next one of ours and to one of xl',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest: OwnGuest = { name: tools.fresh('oagain'), type: 'pv', memoryMib: 32, boots: 'grub' };
      for (let round = 0; round < 2; round++) {
        await create(tools, guest, '--paused');
        await host.must(`xl destroy ${guest.name}`);
        await untilGone(host, guest.name);
      }
      await xlCreate(host, { name: guest.name, type: 'pv', memoryMib: 32, kernel: '/boot/grub-pv' });
      const { message } = await failsWith(host, guest, 'NAME_TAKEN');
      match(message, new RegExp(`^a domain called ${guest.name} exists already \\(domid \\d+\\)$`));
      await host.must(`xl destroy ${guest.name}`);
      await create(tools, guest, '--paused');
      await host.must(`xen-image destroy ${guest.name}`);
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'our guest does not take the name of a guest of xl, which runs on',
    run: async (tools) => {
      const { host } = tools;
      const name = tools.fresh('oname');
      await xlCreate(host, { name, type: 'pv', memoryMib: 32, kernel: '/boot/grub-pv' });
      try {
        const before = await settledState(host);
        const domid = await domidOf(host, name);
        const guest: OwnGuest = { name, type: 'pv', memoryMib: 32, boots: 'grub' };
        const { message } = await failsWith(host, guest, 'NAME_TAKEN');
        equal(message, `a domain called ${name} exists already (domid ${String(domid)})`);
        deepEqual([...(await domains(host))], [[name, domid]]);
        await untilAsBefore(host, before);
      } finally {
        await host.run(`xl destroy ${name}`);
      }
    },
  },
];
