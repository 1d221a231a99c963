import { describe, expect, it } from '@jest/globals';
import type { Simulator } from '@xen-image/xen-sim';
import { definePlugin, JOURNAL } from '../../src/index.js';
import type { Journal, JournalEntry, Plugin, StoreWrite } from '../../src/index.js';
import { HVM, PV, settled, simulated, toolstackOn } from '../support/toolstack.js';
import { host, memoryKept } from '../support/supervised.js';

/** A journal whose entries are all left behind: as if each process had died right after its last update. */
function mortalJournal() {
  const entries = new Map<string, JournalEntry>();
  let next = 0;
  const opened = (id: string) => ({
    update: async (change: Partial<JournalEntry>) => {
      entries.set(id, { ...(entries.get(id) as JournalEntry), ...change });
    },
    close: async () => {
      entries.delete(id);
    },
    leave: async () => undefined,
  });
  const journal: Journal = {
    open: async (begun) => {
      const id = String(next++);
      entries.set(id, { id, bootId: 'boot', ...begun, pending: [] });
      return opened(id);
    },
    list: async () => [...entries.values()],
    abandoned: async () => [...entries.values()].map((record) => ({ record, entry: opened(record.id) })),
  };
  const plugin: Plugin = definePlugin({
    name: 'mortal-journal',
    contract: 1,
    register(context) {
      context.port({ token: JOURNAL, create: () => journal, replaces: '@xen-image/xen-sim' });
    },
  });
  return { entries, plugin };
}

/** Creates a guest, and puts an entry into the journal that says how far it had come. */
async function crashed(change: (entry: JournalEntry) => JournalEntry, paused = true) {
  const { entries, plugin } = mortalJournal();
  const host = simulated({ plugins: [plugin] });
  const { simulator, toolstack } = host;
  const before = await settled(host);
  const { domid, uuid } = await toolstack.create(await toolstack.plan({ text: PV }), { paused });
  const entry: JournalEntry = {
    id: 'x',
    bootId: 'boot',
    operation: 'create',
    name: 'web',
    uuid,
    domid,
    pending: ['destroy domain'],
  };
  entries.set('x', change(entry));
  return { entries, simulator, toolstack, before, domid };
}

describe('recovery of a create whose process is gone', () => {
  it('gives back what it had taken', async () => {
    const { entries, simulator, toolstack, before } = await crashed((entry) => entry);
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone', entry: { name: 'web' } }]);
    expect(await simulator.inspect()).toEqual(before);
    expect(entries.size).toBe(0);
  });

  it('leaves a domain alone that has the domid by now', async () => {
    const { simulator, toolstack, domid } = await crashed((entry) => ({
      ...entry,
      uuid: '00000000-0000-4000-8000-000000000000',
    }));
    const before = await simulator.inspect();
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect(await simulator.inspect()).toEqual(before);
    expect((await toolstack.list()).map((domain) => domain.domid)).toContain(domid);
  });

  it('does not take a built guest for one that was just begun', async () => {
    const { toolstack, domid } = await crashed((entry) => {
      const { domid: _domid, ...rest } = entry;
      return rest;
    });
    await toolstack.recover();
    expect((await toolstack.list()).map((domain) => domain.domid)).toContain(domid);
  });

  it('lets a guest run that only waited for it', async () => {
    const { toolstack, domid } = await crashed((entry) => ({ ...entry, finish: 'unpause' }));
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'finished' }]);
    expect((await toolstack.list()).find((domain) => domain.domid === domid)).toMatchObject({ paused: false });
  });

  it('keeps a guest paused that was to stay so', async () => {
    const { toolstack, domid } = await crashed((entry) => ({ ...entry, finish: 'nothing' }));
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'finished' }]);
    expect((await toolstack.list()).find((domain) => domain.domid === domid)).toMatchObject({ paused: true });
  });

  it('does not forget a running guest of the same uuid', async () => {
    const memory = memoryKept();
    const on = host({}, memory);
    const text = `${PV}uuid = "6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01"\n`;
    await on.toolstack.create(await on.toolstack.plan({ text }), { attended: true });
    const second = await on.toolstack.plan({ text: text.replace('web', 'other') });
    on.simulator.faults.inject({
      call: 'Memory.physical',
      before: () => {
        on.simulator.crash();
      },
    });
    void on.toolstack.create(second);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await on.toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect(memory.domains.size).toBe(1);
  });

  it('says that an entry stays which could not be closed, and the next one closes it', async () => {
    for (const how of ['refuse', 'lose'] as const) {
      const { simulator, toolstack } = simulated();
      simulator.faults.inject({
        call: 'Domains.setMaxVcpus',
        before: () => {
          simulator.crash();
        },
      });
      void toolstack.create(await toolstack.plan({ text: PV }));
      await new Promise((resolve) => setTimeout(resolve, 5));
      simulator.faults.inject({ call: 'Journal.close', [how]: 'EIO' });
      expect(await toolstack.recover()).toMatchObject([
        { outcome: 'failed', error: { code: 'JOURNAL_FAILED', phase: 'recover' } },
      ]);
      for (const { outcome } of await toolstack.recover()) expect(outcome).toBe('undone');
      expect(await toolstack.journal()).toEqual([]);
    }
  });

  it('has nothing to do after a create that came to its end', async () => {
    const { toolstack } = simulated();
    await toolstack.create(await toolstack.plan({ text: PV }));
    expect(await toolstack.journal()).toEqual([]);
    expect(await toolstack.recover()).toEqual([]);
  });
});

/** Creates a guest in a process that ends before, or after, the n-th call of a port; whether it came to that call. */
async function killedAt(simulator: Simulator, text: string, moment: 'before' | 'after', nth: number) {
  const toolstack = toolstackOn(simulator);
  const plan = await toolstack.plan({ text });
  let killed = false;
  const died = new Promise<void>((resolve) => {
    const die = () => {
      killed = true;
      simulator.crash();
      resolve();
    };
    simulator.faults.inject({ nth, [moment]: die });
  });
  // Of a process that has ended nothing settles any more.
  await Promise.race([died, toolstack.create(plan, { paused: true })]);
  simulator.faults.clear();
  return killed;
}

describe.each([
  ['PV', 'web', PV],
  ['HVM', 'win', HVM],
])('a create of a %s guest that is killed', (_type, name, text) => {
  it.each(['before', 'after'] as const)('%s any call of a port leaves nothing once recovered', async (moment) => {
    const host = simulated();
    const before = await settled(host);
    let calls = 1;
    for (; await killedAt(host.simulator, text, moment, calls); calls += 1) {
      const recovered = await host.toolstack.recover();
      expect(recovered.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      if ((await host.toolstack.list()).some((domain) => domain.name === name)) await host.toolstack.destroy(name);
      expect({ calls, after: await host.simulator.inspect() }).toEqual({ calls, after: before });
    }
    expect(calls).toBeGreaterThan(25);
  });
});

describe('recovery beside a xenstored that has requests of the killed create yet to carry out', () => {
  it('waits for them', async () => {
    const host = simulated();
    const { simulator, toolstack } = host;
    const before = await settled(host);
    let sent: readonly StoreWrite[] = [];
    const dies = new Promise<void>((resolve) => {
      simulator.faults.inject({
        call: 'XenStore.write',
        before: ({ args }) => {
          sent = args[0] as readonly StoreWrite[];
          simulator.crash();
          resolve();
        },
      });
    });
    await Promise.race([dies, toolstack.create(await toolstack.plan({ text: PV }))]);
    simulator.faults.clear();
    // The domain is gone already, so that nothing but removing is left to be done.
    const domain = (await simulator.inspect()).domains.find(({ domid }) => domid !== 0);
    await toolstack.destroy(domain!.domid);
    // One is carried out after each of the first two requests of another client.
    const late = sent.filter(({ path, value }) => value !== null && path.startsWith('/local/domain/')).slice(0, 2);
    expect(late).toHaveLength(2);
    const store = simulator.storeBackend();
    simulator.faults.inject({
      times: 1000,
      after: async ({ call }) => {
        const write = call.startsWith('XenStore.') ? late.shift() : undefined;
        if (write === undefined) return;
        await store.write({ domid: 0, transactionId: 0 }, write.path, Buffer.from(write.value ?? ''));
      },
    });
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect(late).toEqual([]);
    expect(await simulator.inspect()).toEqual(before);
  });
});
