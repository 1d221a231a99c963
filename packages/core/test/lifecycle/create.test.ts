import { describe, expect, it } from '@jest/globals';
import pv from '@xen-image/handler-x86-pv';
import type { Simulator } from '@xen-image/xen-sim';
import {
  definePlugin,
  Toolstack,
  XenImageError,
  KEPT_DOMAINS,
  type Domains,
  type PortRegistration,
  type XenStore,
} from '../../src/index.js';
import { DOMAINS, XENSTORE } from '../../src/contract/tokens.js';
import { Operation } from '../../src/registry/operation.js';
import { memoryKept } from '../support/supervised.js';
import { HVM, PV, settled, simulated } from '../support/toolstack.js';

/** The hypervisor of a simulated host, as any other process has it. */
function domainsOf(simulator: Simulator): Domains {
  let domains: Domains | undefined;
  const port = ({ token, create }: PortRegistration<Domains>) => {
    if (token === DOMAINS) domains = create({} as never);
  };
  simulator.plugin.register({ port } as never);
  return domains!;
}

const GUESTS: [what: string, text: string][] = [
  ['PV', PV],
  ['PV in 2 MiB extents alone', `${PV}superpages = 1\n`],
  ['HVM with a device model', HVM],
];

/** What is in xenstore of a domain's console when xenstore is told of the domain. */
function lookingAtIntroduction(simulator: Simulator) {
  const found: (string | undefined)[] = [];
  const looking = definePlugin({
    name: 'looking',
    contract: 1,
    register(context) {
      const port = ({ token, create }: PortRegistration<XenStore>) => {
        if (token !== XENSTORE) return;
        context.port({
          token,
          replaces: simulator.plugin.name,
          create(scope) {
            const store = create(scope);
            const introduce: XenStore['introduce'] = async (domid, ...rest) => {
              for (const node of ['port', 'ring-ref'])
                found.push(await store.read(`/local/domain/${domid}/console/${node}`));
              return store.introduce(domid, ...rest);
            };
            return new Proxy(store, {
              get: (target, name) => {
                if (name === 'introduce') return introduce;
                const own: unknown = Reflect.get(target, name);
                return typeof own === 'function' ? (own as () => unknown).bind(target) : own;
              },
            });
          },
        });
      };
      simulator.plugin.register({ port } as never);
    },
  });
  return { found, looking };
}

describe.each(GUESTS)('a %s guest', (_, text) => {
  it('has its console’s page told only once xenstore knows it, which tells xenconsoled of its end', async () => {
    const { simulator, toolstack } = simulated();
    const { found, looking } = lookingAtIntroduction(simulator);
    toolstack.registry.use(looking);
    const { domid, results } = await toolstack.create(await toolstack.plan({ text }));
    expect(found).toEqual([String(results['consolePort']), undefined]);
    const kept = await new Operation(toolstack.registry).get(XENSTORE).read(`/local/domain/${domid}/console/ring-ref`);
    expect(kept).toBe(String(results['consoleFrame']));
  });

  it('is created, listed, and leaves nothing when it is destroyed', async () => {
    const host = simulated();
    const { simulator, toolstack } = host;
    const before = await settled(host);
    const created = await toolstack.create(await toolstack.plan({ text }));
    expect(created.results).toMatchObject({ storeFrame: expect.any(Number), consoleFrame: expect.any(Number) });
    expect(await toolstack.list()).toMatchObject([
      { domid: 0 },
      { domid: created.domid, name: created.name, uuid: created.uuid, paused: false },
    ]);
    await toolstack.destroy(created.name);
    expect(await simulator.inspect()).toEqual(before);
  });

  it('stays paused where that is asked for', async () => {
    const { toolstack } = simulated();
    const { domid } = await toolstack.create(await toolstack.plan({ text }), { paused: true });
    expect((await toolstack.list()).find((domain) => domain.domid === domid)).toMatchObject({ paused: true });
  });

  it('leaves nothing when it is aborted, at whatever step', async () => {
    const steps: string[] = [];
    const { toolstack } = simulated();
    const plan = await toolstack.plan({ text });
    await toolstack.create(plan, { onProgress: ({ phase, step }) => steps.push(`${phase} ${step}`) });
    expect(steps.length).toBeGreaterThan(8);
    for (let at = 0; at < steps.length; at++) {
      const host = simulated();
      const before = await settled(host);
      const controller = new AbortController();
      let step = 0;
      const aborted = await host.toolstack
        .create(await host.toolstack.plan({ text }), {
          signal: controller.signal,
          onProgress: () => {
            if (step++ === at) controller.abort();
          },
        })
        .then(
          () => 'created',
          (error: unknown) => (error as { code: string }).code,
        );
      if (aborted === 'created') expect(at).toBe(steps.length - 1);
      else {
        expect([at, aborted]).toEqual([at, 'ABORTED']);
        expect(await host.simulator.inspect()).toEqual(before);
      }
    }
  });
});

describe('a create that cannot be', () => {
  it.each([
    ['a kernel that is not there', PV.replace('/boot/vmlinuz', '/boot/none'), 'KERNEL_MISSING'],
    ['more memory than there is', PV.replace('64', '65536'), 'MEMORY_SHORT'],
    ['a size that 2 MiB extents cannot make', PV.replace('64', '63') + 'superpages = 1', 'SUPERPAGES_UNEVEN'],
    ['disks nobody serves', `${PV}disk = ["/dev/vg/a,raw,xvda,w"]`, 'DEVICE_UNSUPPORTED'],
    ['a type nobody brings', PV + 'type = "minios"', 'HANDLER_UNKNOWN'],
  ])('for %s takes nothing and says why', async (_, text, code) => {
    const { simulator, toolstack } = simulated();
    const before = await simulator.inspect();
    const create = async () => toolstack.create(await toolstack.plan({ text }));
    await expect(create()).rejects.toMatchObject({ code });
    expect(await simulator.inspect()).toEqual(before);
  });

  it('for a name that another guest has is refused, and the other guest runs on', async () => {
    const { toolstack } = simulated();
    const { domid } = await toolstack.create(await toolstack.plan({ text: PV }));
    await expect(toolstack.plan({ text: PV }).then((plan) => toolstack.create(plan))).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: `a domain called web exists already (domid ${domid})`,
    });
    expect((await toolstack.list()).map((domain) => domain.domid)).toEqual([0, domid]);
  });

  it('for a uuid that another guest has is refused', async () => {
    const { toolstack } = simulated();
    const uuid = 'uuid = "6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01"\n';
    await toolstack.create(await toolstack.plan({ text: PV + uuid }));
    const second = await toolstack.plan({ text: PV.replace('web', 'other') + uuid });
    await expect(toolstack.create(second)).rejects.toMatchObject({ code: 'UUID_TAKEN' });
  });

  it('for want of a device model that starts gives everything back', async () => {
    const host = simulated({ deviceModel: ({ name }) => (name === 'win' ? 'dies' : 'runs') });
    const { simulator, toolstack } = host;
    const before = await settled(host);
    const plan = await toolstack.plan({ text: HVM });
    await expect(toolstack.create(plan)).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED', phase: 'device-model' });
    expect(await simulator.inspect()).toEqual(before);
  });
});

describe('several creates at once', () => {
  it('of one name give one guest', async () => {
    const { toolstack } = simulated();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, async () => toolstack.create(await toolstack.plan({ text: PV }))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await toolstack.list()).filter(({ name }) => name === 'web')).toHaveLength(1);
  });

  it('of different names give all, each with a domid of its own', async () => {
    const { toolstack } = simulated();
    const created = await Promise.all(
      Array.from({ length: 8 }, async (_, index) =>
        toolstack.create(await toolstack.plan({ text: PV.replace('web', `web${index}`) })),
      ),
    );
    expect(new Set(created.map(({ domid }) => domid)).size).toBe(8);
  });

  it('do not get more memory than there is', async () => {
    const { toolstack } = simulated();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, async (_, index) =>
        toolstack.create(await toolstack.plan({ text: PV.replace('web', `big${index}`).replace('64', '500') })),
      ),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.length - failed.length).toBe(2);
    expect(await toolstack.list()).toHaveLength(3);
  });

  it('keep the video RAM of a guest for its device model', async () => {
    const { toolstack } = simulated();
    const outcomes = await Promise.allSettled(
      ['one', 'two'].map(async (name) => {
        const text = HVM.replace('win', name).replace('128', '850') + 'stdvga = 1\nvideoram = 256\n';
        return toolstack.create(await toolstack.plan({ text }));
      }),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed).toMatchObject([{ reason: { code: 'MEMORY_SHORT' } }]);
    expect(await toolstack.list()).toHaveLength(2);
  });
});

describe('destroying', () => {
  it('refuses domain 0, an unknown name, and a domid that has another domain by now', async () => {
    const { toolstack } = simulated();
    const { domid } = await toolstack.create(await toolstack.plan({ text: PV }));
    await expect(toolstack.destroy(0)).rejects.toMatchObject({ code: 'DOMAIN_PROTECTED' });
    await expect(toolstack.destroy('nobody')).rejects.toMatchObject({ code: 'DOMAIN_UNKNOWN' });
    await expect(toolstack.destroy(domid, { uuid: 'another' })).rejects.toMatchObject({ code: 'DOMAIN_CHANGED' });
    await expect(toolstack.destroy(domid)).resolves.toMatchObject({ name: 'web' });
  });
});

describe('planning', () => {
  it('finds what the device model’s dialect has no word for, before anything is made', async () => {
    const { toolstack } = simulated();
    await expect(toolstack.plan({ text: `${HVM}isa = 1` })).rejects.toMatchObject({
      code: 'DEVICE_MODEL_ARG_UNSUPPORTED',
    });
  });
});

describe('an answer that does not come', () => {
  it('to the domain’s making leaves no domain', async () => {
    const host = simulated();
    const { simulator, toolstack } = host;
    const before = await settled(host);
    simulator.faults.inject({ call: 'Domains.create', lose: 'EIO' });
    const plan = await toolstack.plan({ text: PV });
    await expect(toolstack.create(plan)).rejects.toMatchObject({ errno: 'EIO' });
    expect(await simulator.inspect()).toEqual(before);
  });

  it('to the journal’s last word is a warning: the guest runs', async () => {
    const { simulator, toolstack } = simulated();
    simulator.faults.inject({ call: 'Journal.close', refuse: 'EIO' });
    const warnings: string[] = [];
    const plan = await toolstack.plan({ text: PV });
    await toolstack.create(plan, { onWarning: (code) => warnings.push(code) });
    expect(warnings).toEqual(['JOURNAL_FAILED']);
    expect(await toolstack.list()).toHaveLength(2);
  });
});

describe('undoing a create whose domain was whole, and could not be started', () => {
  const refused = { call: 'Domains.unpause', refuse: 'EINVAL' };

  it.each(['XenStore.remove', 'XenStore.transaction', 'Domains.destroy'])(
    'is finished by recovery where %s fails, and the domain is not started after all',
    async (call) => {
      const host = simulated();
      const { simulator, toolstack } = host;
      const before = await settled(host);
      const plan = await toolstack.plan({ text: HVM });
      simulator.faults.inject({
        ...refused,
        before: () => void simulator.faults.inject({ call, refuse: 'EIO' }),
      });
      const failed = await toolstack.create(plan).catch((error: unknown) => error);
      expect(failed).toMatchObject({ errno: 'EINVAL' });
      simulator.faults.clear();
      for (const { outcome } of await toolstack.recover()) expect(outcome).toBe('undone');
      expect(await simulator.inspect()).toEqual(before);
    },
  );

  it('is taken up by the next process where this one ends on the way', async () => {
    const host = simulated();
    const { simulator, toolstack } = host;
    const before = await settled(host);
    const plan = await toolstack.plan({ text: HVM });
    const crash = (): void => {
      simulator.crash();
    };
    simulator.faults.inject({
      ...refused,
      before: () => void simulator.faults.inject({ call: 'Domains.destroy', before: crash }),
    });
    void toolstack.create(plan);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect(await simulator.inspect()).toEqual(before);
  });

  it('tells why the create failed, though the journal cannot be written any more', async () => {
    const host = simulated();
    const { simulator, toolstack } = host;
    const before = await settled(host);
    const plan = await toolstack.plan({ text: HVM });
    simulator.faults.inject(
      { call: 'DomainBuilder.build', refuse: 'ENOMEM' },
      { call: 'Journal.close', refuse: 'EIO' },
    );
    await expect(toolstack.create(plan)).rejects.toMatchObject({ errno: 'ENOMEM' });
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect(await simulator.inspect()).toEqual(before);
  });
});

describe('a domain that runs', () => {
  it('is told as created though the listener for warnings throws', async () => {
    const { simulator, toolstack } = simulated();
    simulator.faults.inject({ call: 'Journal.close', refuse: 'EIO' });
    const onWarning = (): never => {
      throw new TypeError('not taken');
    };
    const plan = await toolstack.plan({ text: PV });
    await expect(toolstack.create(plan, { onWarning })).resolves.toMatchObject({ name: 'web' });
  });

  it('is told as created, and as destroyed, though a driver cannot let go of something', async () => {
    const closing = definePlugin({
      name: 'fails-to-close',
      contract: 1,
      register(context) {
        context.port({
          token: KEPT_DOMAINS,
          create: (scope) => {
            scope.onClose(() => {
              throw new TypeError('still in use');
            });
            return memoryKept().kept;
          },
        });
      },
    });
    const { toolstack } = simulated({ plugins: [closing] });
    await expect(toolstack.create(await toolstack.plan({ text: PV }))).resolves.toMatchObject({ name: 'web' });
    await expect(toolstack.destroy('web')).resolves.toMatchObject({ name: 'web' });
  });
});

describe('what an earlier domain left in xenstore under the domid', () => {
  it('is not the new guest’s to read or write', async () => {
    const host = simulated();
    const { toolstack, simulator } = host;
    const dry = await toolstack.create(await toolstack.plan({ text: PV }));
    await toolstack.destroy(dry.domid);
    const next = `/local/domain/${dry.domid + 1}`;
    const store = new Operation(toolstack.registry).get(XENSTORE);
    const open = [{ domid: 0, read: true, write: true }];
    await store.write([{ path: `${next}/memory/target`, value: 'stale', permissions: open }]);
    await store.write([{ path: `${next}/planted`, value: 'stale', permissions: open }]);
    const { domid } = await toolstack.create(await toolstack.plan({ text: PV }));
    expect(domid).toBe(dry.domid + 1);
    const nodes = (await simulator.inspect()).store;
    expect(nodes).not.toHaveProperty([`${next}/planted`]);
    expect(nodes[`${next}/memory/target`]).toMatchObject({ value: '65536', permissions: ['n0', `r${domid}`] });
  });
});

describe('a domain that another toolstack destroys while it is made', () => {
  it.each([
    ['PV', PV, 'DomainBuilder.build'],
    ['PV', PV, 'XenStore.introduce'],
    ['HVM', HVM, 'DomainBuilder.build'],
    ['HVM', HVM, 'DeviceModels.start'],
  ])('fails the create of a %s guest and leaves nothing', async (_, text, call) => {
    const host = simulated();
    const { simulator, toolstack } = host;
    const before = await settled(host);
    simulator.faults.inject({
      call,
      before: async () => {
        const { domid } = (await simulator.inspect()).domains.find((domain) => domain.domid !== 0)!;
        await domainsOf(simulator).destroy(domid);
      },
    });
    const error = await toolstack.create(await toolstack.plan({ text })).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(XenImageError);
    expect((error as XenImageError).data ?? {}).not.toHaveProperty('leftBehind');
    expect(await simulator.inspect()).toEqual(before);
    expect(await toolstack.journal()).toEqual([]);
  });

  it('is not taken for the one that has its domid by now', async () => {
    const simulator = simulated().simulator;
    const domains = domainsOf(simulator);
    let given = false;
    const anothers = async (domid: number) => {
      const info = await domains.info(domid);
      return given && info !== undefined ? { ...info, uuid: '00000000-0000-4000-8000-000000000000' } : info;
    };
    const reused = definePlugin({
      name: 'reused',
      contract: 1,
      register(context) {
        const port = { ...domains, info: anothers };
        context.port({ token: DOMAINS, create: () => port, replaces: '@xen-image/xen-sim' });
      },
    });
    const toolstack = new Toolstack({ plugins: [pv, simulator.plugin, reused] });
    simulator.faults.inject({
      call: 'DomainBuilder.build',
      refuse: 'ENOMEM',
      before: () => {
        given = true;
      },
    });
    await expect(toolstack.create(await toolstack.plan({ text: PV }))).rejects.toMatchObject({ errno: 'ENOMEM' });
    const { domains: left, store } = await simulator.inspect();
    expect(left).toHaveLength(2);
    expect(JSON.stringify(store)).toContain(`"/local/domain/${String(left[1]!.domid)}/name"`);
  });
});
