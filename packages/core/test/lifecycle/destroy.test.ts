import { describe, expect, it } from '@jest/globals';
import {
  definePlugin,
  DOMAINS,
  Operation,
  Toolstack,
  XENSTORE,
  type Domains,
  type PortRegistration,
} from '../../src/index.js';
import { HVM, PV, settled, simulated } from '../support/toolstack.js';

/** A host on which a guest runs, and what it was like before. */
async function running(text = HVM) {
  const host = simulated();
  const before = await settled(host);
  const { domid } = await host.toolstack.create(await host.toolstack.plan({ text }));
  return { ...host, before, domid };
}

const STEPS: [call: string, step: string][] = [
  ['Domains.pause', 'pause domain'],
  ['DeviceModels.stop', 'stop device model'],
  ['Domains.destroy', 'destroy domain'],
  ['XenStore.release', 'release domain'],
  ['XenStore.remove', 'remove /local/domain/'],
  ['XenStore.transaction', 'release name'],
];

describe('a destroy of a domain whose uuid another has', () => {
  it('leaves alone what stands under the uuid', async () => {
    const { toolstack, domid } = await running();
    const plan = await toolstack.plan({ text: HVM });
    const [, { uuid }] = (await toolstack.list()) as [unknown, { uuid: string }];
    const operation = new Operation(toolstack.registry);
    const twin = await operation.get(DOMAINS).create({ ...plan.domain, uuid });
    await toolstack.destroy(domid);
    expect(await operation.get(XENSTORE).read(`/vm/${uuid}/name`)).toBe('win');
    await toolstack.destroy(twin);
    expect(await operation.get(XENSTORE).read(`/vm/${uuid}`)).toBeUndefined();
    await operation.close();
  });
});

describe('a destroy of a domain that is gone by the time its device model is', () => {
  it('leaves alone the domain that has its domid by then', async () => {
    const { simulator, toolstack, domid } = await running();
    let given = false;
    simulator.faults.inject({
      call: 'DeviceModels.stop',
      before: () => {
        given = true;
      },
    });
    const reused = definePlugin({
      name: 'reused',
      contract: 1,
      register(context) {
        const { value, plugin } = toolstack.registry.ports.get(DOMAINS)!;
        context.port({
          token: DOMAINS,
          replaces: plugin.name,
          create(scope) {
            const domains = (value as PortRegistration<Domains>).create(scope);
            const info = async (one: number) => {
              const found = await domains.info(one);
              return given && found !== undefined ? { ...found, uuid: '00000000-0000-4000-8000-000000000000' } : found;
            };
            return { ...domains, info };
          },
        });
      },
    });
    toolstack.registry.use(reused);
    await toolstack.destroy('win');
    const { domains, store } = await simulator.inspect();
    expect(domains.map((domain) => domain.domid)).toEqual([0, domid]);
    expect(JSON.stringify(store)).toContain(`"/local/domain/${String(domid)}/name"`);
  });
});

describe('a destroy of which a step fails', () => {
  it.each(STEPS)('(%s) makes the other steps, and names that one in error and journal', async (call, step) => {
    const { simulator, toolstack, before } = await running();
    simulator.faults.inject({ call, refuse: 'EIO' });
    await expect(toolstack.destroy('win')).rejects.toMatchObject({
      errno: 'EIO',
      phase: 'destroy',
      hint: expect.stringContaining('recover'),
      data: { leftBehind: [{ name: expect.stringContaining(step) }] },
    });
    expect(await toolstack.journal()).toMatchObject([
      { operation: 'destroy', name: 'win', pending: [expect.stringContaining(step)] },
    ]);
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'finished' }]);
    expect(await simulator.inspect()).toEqual(before);
  });

  it('is finished by the next process where this one ends on the way', async () => {
    for (const [call] of STEPS) {
      const { simulator, toolstack, before } = await running();
      simulator.faults.inject({
        call,
        before: () => {
          simulator.crash();
        },
      });
      void toolstack.destroy('win');
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await toolstack.recover()).toMatchObject([{ outcome: 'finished', entry: { operation: 'destroy' } }]);
      expect(await simulator.inspect()).toEqual(before);
    }
  });

  it('is kept though the journal could not be written when it began', async () => {
    const { simulator, toolstack, before } = await running();
    simulator.faults.inject({ call: 'Journal.open', refuse: 'ENOSPC' }, { call: 'XenStore.release', refuse: 'EIO' });
    await expect(toolstack.destroy('win')).rejects.toMatchObject({ errno: 'EIO' });
    await toolstack.recover();
    expect(await simulator.inspect()).toEqual(before);
  });
});

describe('a destroy', () => {
  it('has the guest rest before its device model goes', async () => {
    const { simulator, toolstack, domid } = await running();
    let look: ReturnType<typeof simulator.inspect> | undefined;
    simulator.faults.inject({
      call: 'DeviceModels.stop',
      before: () => {
        look = simulator.inspect();
      },
    });
    await toolstack.destroy('win');
    expect((await look)!.domains.find((domain) => domain.domid === domid)).toMatchObject({ pauseCount: 1 });
  });

  it('gives the memory back though the journal cannot be written', async () => {
    const { simulator, toolstack, before } = await running();
    simulator.faults.inject({ call: 'Journal.open', refuse: 'ENOSPC' });
    await toolstack.destroy('win');
    expect(await simulator.inspect()).toEqual(before);
  });

  it('is done where somebody else destroyed the domain meanwhile', async () => {
    const { simulator, toolstack, before, domid } = await running(PV);
    const other = new Toolstack({ plugins: [simulator.plugin] });
    let meddled = false;
    simulator.faults.inject({
      call: 'DeviceModels.stop',
      before: async () => {
        if (meddled) return;
        meddled = true;
        await other.destroy(domid);
      },
    });
    await toolstack.destroy('web');
    expect(await simulator.inspect()).toEqual(before);
  });

  it('does not believe that a domain is gone which is there', async () => {
    const { simulator, toolstack } = await running(PV);
    simulator.faults.inject({ call: 'Domains.destroy', refuse: 'ESRCH' });
    await expect(toolstack.destroy('web')).rejects.toMatchObject({ errno: 'ESRCH' });
  });
});

describe('a xenstored that has let go of a destroyed domain by itself', () => {
  it.each(['ENOENT', 'EINVAL'])('and answers %s to its release is as good as one that was told', async (errno) => {
    const host = simulated();
    const before = await settled(host);
    const { simulator, toolstack } = host;
    const { domid } = await toolstack.create(await toolstack.plan({ text: PV }));
    simulator.faults.inject({ call: 'XenStore.release', lose: errno });
    await toolstack.destroy(domid);
    expect(await simulator.inspect()).toEqual(before);
  });
});
