import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DOMAINS, XENSTORE } from '../../src/contract/tokens.js';
import { claimName, findByName, nameNode, uuidNode } from '../../src/lifecycle/names.js';
import type { Recovered } from '../../src/lifecycle/recover.js';
import { Operation } from '../../src/registry/operation.js';
import { PV, simulated, toolstackOn } from '../support/toolstack.js';

describe('the index node of a name', () => {
  it('holds only what a xenstore path can, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const node = nameNode(name);
        expect(node).toMatch(/^\/xen-image\/name\/[A-Za-z0-9@_-]+$/);
      }),
    );
  });

  it('is another for another name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, two) => {
        expect(nameNode(one) === nameNode(two)).toBe(Buffer.from(one).equals(Buffer.from(two)));
      }),
    );
  });
});

describe('a guest of a name', () => {
  async function running() {
    const { toolstack } = simulated();
    const operation = new Operation(toolstack.registry);
    const ports = { store: operation.get(XENSTORE), domains: operation.get(DOMAINS) };
    const { domid, name } = await toolstack.create(await toolstack.plan({ text: PV }));
    return { toolstack, ports, domid, name };
  }

  it('is found by its index node, without a look at all guests', async () => {
    const { ports, domid, name } = await running();
    const domains = {
      ...ports.domains,
      info: (id: number) => ports.domains.info(id),
      list: () => Promise.reject(new Error('all')),
    };
    expect(await findByName({ ...ports, domains }, name)).toMatchObject({ domid });
  });

  it('is found by the name that another toolstack gave it since, and no longer by the old one', async () => {
    const { ports, domid, name } = await running();
    await ports.store.write([{ path: `/local/domain/${domid}/name`, value: 'renamed' }]);
    expect(await findByName(ports, 'renamed')).toMatchObject({ domid });
    expect(await findByName(ports, name)).toBeUndefined();
  });

  it('is found where it has no index node, as guests of other toolstacks have none', async () => {
    const { ports, domid, name } = await running();
    await ports.store.remove(nameNode(name));
    expect(await findByName(ports, name)).toMatchObject({ domid });
  });

  it('is not the one whose index node names a domain with another uuid', async () => {
    const { ports, domid } = await running();
    await ports.store.write([{ path: nameNode('other'), value: `${domid} 11111111-2222-3333-4444-555555555555` }]);
    expect(await findByName(ports, 'other')).toBeUndefined();
  });

  it('keeps its name from another of its own uuid', async () => {
    const { toolstack, ports, domid, name } = await running();
    const { uuid } = (await toolstack.list()).find((domain) => domain.domid === domid)!;
    await expect(claimName(ports, name, { domid: domid + 1, uuid }, undefined)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    await claimName(ports, name, { domid, uuid }, undefined);
    expect(await ports.store.read(nameNode(name))).toBe(`${domid} ${uuid}`);
  });

  it('leaves its name, and nothing else, to the next one where another toolstack destroyed it', async () => {
    const { toolstack, ports, domid, name } = await running();
    const { uuid } = (await toolstack.list()).find((domain) => domain.domid === domid)!;
    await ports.domains.destroy(domid);
    for (const path of [`/local/domain/${domid}`, `/vm/${uuid}`]) await ports.store.remove(path);
    const next = await toolstack.create(await toolstack.plan({ text: PV }));
    expect(await ports.store.read(nameNode(name))).toBe(`${next.domid} ${next.uuid}`);
    expect(await ports.store.list('/xen-image/uuid')).toEqual([next.uuid]);
    await toolstack.destroy(next.domid);
    expect(await ports.store.list('/xen-image/uuid')).toEqual([]);
  });

  it('does not take the uuid from a guest that has it under another name', async () => {
    const { toolstack, ports, domid, name } = await running();
    const { uuid } = (await toolstack.list()).find((domain) => domain.domid === domid)!;
    await ports.store.write([{ path: nameNode('other'), value: `${domid + 7} ${uuid}` }]);
    await toolstack.create(await toolstack.plan({ text: PV.replace(/name = .*/, 'name = "other"') }));
    expect(await ports.store.read(uuidNode(uuid))).toBe(`${domid} ${uuid}`);
    expect(await ports.store.read(nameNode(name))).toBe(`${domid} ${uuid}`);
  });

  it('keeps its name from others after another toolstack gave it that name', async () => {
    const { toolstack, ports, domid } = await running();
    await ports.store.write([{ path: `/local/domain/${domid}/name`, value: 'renamed' }]);
    const clash = toolstack.create(await toolstack.plan({ text: PV.replace(/name = .*/, 'name = "renamed"') }));
    await expect(clash).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });
});

describe('two creates of one uuid under different names, at once', () => {
  const UUID = '11111111-2222-4333-8444-555555555555';

  async function both() {
    const { simulator, toolstack } = simulated();
    const another = toolstackOn(simulator);
    // Neither goes on before both have made their domain: both have looked for the uuid before.
    const arrived: (() => void)[] = [];
    simulator.faults.inject({
      call: 'Domains.create',
      times: 2,
      after: () =>
        new Promise((resolve) => {
          arrived.push(resolve);
          if (arrived.length === 2) for (const go of arrived) go();
        }),
    });
    const outcomes = await Promise.allSettled(
      [toolstack, another].map(async (one, index) =>
        one.create(await one.plan({ text: PV.replace('"web"', `"web${index}"`), uuid: UUID })),
      ),
    );
    return { simulator, toolstack, outcomes };
  }

  it('make one guest: the other is refused, and nothing of it is left', async () => {
    const { simulator, toolstack, outcomes } = await both();
    const refused = outcomes.filter((one) => one.status === 'rejected').map((one) => one.reason as unknown);
    expect(refused).toEqual([expect.objectContaining({ code: 'UUID_TAKEN' })]);
    const guests = (await toolstack.list()).filter(({ domid }) => domid !== 0);
    expect(guests).toHaveLength(1);
    const { store, journal } = await simulator.inspect();
    expect(journal).toEqual([]);
    const { domid, name } = guests[0]!;
    expect(Object.keys(store).filter((path) => /^\/xen-image\/(name|uuid)\/./.test(path))).toEqual([
      nameNode(name!),
      `/xen-image/uuid/${UUID}`,
    ]);
    await toolstack.destroy(domid);
    const after = await simulator.inspect();
    expect(Object.keys(after.store).filter((path) => /^\/xen-image\/(name|uuid)\/./.test(path))).toEqual([]);
  });

  it('do not destroy what the other has just made where theirs could not be made', async () => {
    const { simulator, toolstack } = simulated();
    const plan = (name: string) => toolstack.plan({ text: PV.replace('"web"', `"${name}"`), uuid: UUID });
    const [first, second] = [await plan('web'), await plan('other')];
    const [arrived, made] = [gate(), gate()];
    let refused: Promise<unknown> | undefined;
    simulator.faults.inject(
      {
        call: 'Domains.create',
        before: () => {
          refused = toolstack.create(second);
          refused.catch(() => undefined);
          return arrived.opened;
        },
        after: async () => {
          made.open();
          await refused?.catch(() => undefined);
        },
      },
      {
        call: 'Domains.create',
        nth: 2,
        before: () => {
          arrived.open();
          return made.opened;
        },
        refuse: 'ENOMEM',
      },
    );
    const { domid } = await toolstack.create(first);
    await expect(refused).rejects.toMatchObject({ errno: 'ENOMEM' });
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect((await toolstack.list()).map((domain) => domain.domid)).toEqual([0, domid]);
  });

  it('are safe from a recovery that looks for a domain of that uuid', async () => {
    const { simulator, toolstack } = simulated();
    const source = { text: PV, uuid: UUID };
    simulator.faults.inject({
      call: 'Domains.create',
      before: () => {
        simulator.crash();
      },
    });
    void toolstack.create(await toolstack.plan(source));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const next = toolstackOn(simulator);
    let meanwhile: readonly Recovered[] = [];
    simulator.faults.inject({
      call: 'Domains.create',
      after: async () => {
        meanwhile = await toolstackOn(simulator).recover();
      },
    });
    const { domid } = await next.create(await next.plan(source));
    expect(meanwhile).toMatchObject([{ outcome: 'failed', error: { code: 'UUID_TAKEN' } }]);
    expect(await next.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect((await next.list()).map((domain) => domain.domid)).toEqual([0, domid]);
  });
});

/** Something that is waited for until another has come to it. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    opened,
    open: () => {
      open();
    },
  };
}
