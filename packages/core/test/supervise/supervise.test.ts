import { describe, expect, it } from '@jest/globals';
import type { DeviceModelEvent, KeptDomain, ShutdownReason } from '../../src/index.js';
import { host, memoryKept, supervised } from '../support/supervised.js';
import { HVM, PV } from '../support/toolstack.js';

type Host = ReturnType<typeof host>;

const QUIET = { attended: true } as const;

async function created({ toolstack }: Host, text: string) {
  return toolstack.create(await toolstack.plan({ text }), QUIET);
}

/** A guest under a supervisor that has begun. */
async function running(text: string, options = {}) {
  const on = host();
  const domain = await created(on, text);
  const told = supervised(on.toolstack, options);
  await told.seen('supervising');
  return { ...on, domain, told };
}

const names = async ({ toolstack }: Pick<Host, 'toolstack'>) => (await toolstack.list()).map(({ name }) => name);

function died(domain: { domid: number; uuid: string; name: string }, adopted = false): DeviceModelEvent {
  const model = { ...domain, pid: 4711, logPath: '/var/log/xen/qemu-dm-win.log' };
  const end = { how: 'signal', signal: 'SIGKILL' } as const;
  return { event: 'died', model, adopted, end, message: 'pid 4711: died due to signal SIGKILL', said: ['last words'] };
}

describe('a domain that shuts down', () => {
  it.each<[ShutdownReason, string, string]>([
    ['poweroff', 'on_poweroff', 'destroy'],
    ['reboot', 'on_reboot', 'destroy'],
    ['crash', 'on_crash', 'destroy'],
    ['watchdog', 'on_watchdog', 'destroy'],
    ['crash', 'on_crash', 'coredump-destroy'],
  ])('by %s is destroyed where %s is %s, and leaves nothing', async (reason, setting, action) => {
    const { simulator, domain, told, domains, ...on } = await running(`${PV}${setting} = "${action}"\n`);
    await simulator.asDomain(domain.domid).shutdown(reason);
    expect((await told.seen('domain-destroyed')).domain).toEqual({
      domid: domain.domid,
      uuid: domain.uuid,
      name: 'web',
    });
    expect(await told.seen('domain-shutdown')).toMatchObject({ reason, action });
    expect(await names(on)).toEqual(['Domain-0'].slice(0, (await names(on)).length));
    expect((await on.toolstack.list()).map(({ domid }) => domid)).toEqual([0]);
    expect([...domains]).toEqual([]);
    const { store } = await simulator.inspect();
    expect(Object.keys(store).filter((path) => path.includes(domain.uuid) || path.includes('/name/web'))).toEqual([]);
  });

  it.each<[ShutdownReason, string, string]>([
    ['poweroff', 'on_poweroff', 'restart'],
    ['reboot', 'on_reboot', 'restart'],
    ['crash', 'on_crash', 'restart'],
    ['watchdog', 'on_watchdog', 'restart'],
    ['crash', 'on_crash', 'coredump-restart'],
  ])('by %s comes back where %s is %s, with its name and uuid', async (reason, setting, action) => {
    const { simulator, domain, told, ...on } = await running(`${HVM}${setting} = "${action}"\n`);
    await simulator.asDomain(domain.domid).shutdown(reason);
    const { domain: again, before } = await told.seen('domain-restarted');
    expect(before.domid).toBe(domain.domid);
    expect(again).toMatchObject({ name: 'win', uuid: domain.uuid });
    expect(again.domid).not.toBe(domain.domid);
    const list = await on.toolstack.list();
    expect(list.map(({ domid, name }) => [domid, name])).toContainEqual([again.domid, 'win']);
    expect(list).toHaveLength(2);
    expect((await simulator.inspect()).deviceModels.map(({ domid }) => domid)).toEqual([again.domid]);
  });

  it('is restarted with what it was configured with, addresses that were made up included', async () => {
    const { simulator, domain, told, domains } = await running(`${PV}on_reboot = "restart"\n`);
    const before = JSON.parse(domains.get(domain.uuid)!) as KeptDomain;
    await simulator.asDomain(domain.domid).shutdown('reboot');
    await told.seen('domain-restarted');
    const after = JSON.parse(domains.get(domain.uuid)!) as KeptDomain;
    expect(after.config).toEqual(before.config);
    expect(after).toMatchObject({ state: 'runs', profile: 'modern', restarts: [expect.any(Number)] });
  });

  it('stays, renamed, beside the new one where the action is rename-restart', async () => {
    const { simulator, domain, told, ...on } = await running(`${HVM}on_crash = "rename-restart"\n`);
    await simulator.asDomain(domain.domid).shutdown('crash');
    const { domain: again, before } = await told.seen('domain-restarted');
    expect(before).toEqual({ domid: domain.domid, uuid: domain.uuid, name: 'win-1' });
    expect(again.name).toBe('win');
    expect(again.uuid).not.toBe(domain.uuid);
    expect((await names(on)).slice(-2).sort()).toEqual(['win', 'win-1']);
    // The new one can have the disks.
    expect((await simulator.inspect()).deviceModels.map(({ domid }) => domid)).toEqual([again.domid]);
    await simulator.asDomain(again.domid).shutdown('crash');
    expect((await told.seen('domain-restarted', 2)).before.name).toBe('win-2');
    await on.toolstack.destroy('win-1');
    expect((await names(on)).slice(-2).sort()).toEqual(['win', 'win-2']);
  });

  it('stays as it is where the action is preserve, and is told of once', async () => {
    const { simulator, domain, told, toolstack } = await running(`${PV}on_crash = "preserve"\n`);
    await simulator.asDomain(domain.domid).shutdown('crash');
    expect(await told.seen('domain-preserved')).toMatchObject({ domain: { name: 'web' }, reason: 'crash' });
    await told.close();
    const later = supervised(toolstack);
    await later.seen('supervising');
    expect(later.events.map(({ event }) => event)).toEqual(['supervising']);
    expect((await toolstack.list()).find(({ name }) => name === 'web')?.shutdownReason).toBe('crash');
  });

  it('is left alone where it only suspends', async () => {
    const { simulator, domain, told, toolstack } = await running(PV);
    await simulator.asDomain(domain.domid).shutdown('suspend');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.events.map(({ event }) => event)).toEqual(['supervising']);
    expect(await toolstack.list()).toHaveLength(2);
  });

  it('is left alone where another toolstack made it', async () => {
    const on = host();
    const domain = await created(on, PV);
    on.domains.clear();
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    await on.simulator.asDomain(domain.domid).shutdown('poweroff');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.events.map(({ event }) => event)).toEqual(['supervising']);
    expect(await on.toolstack.list()).toHaveLength(2);
    expect([...on.locks]).toEqual(['supervisor']);
  });

  it.each([
    ['DomainBuilder.build', 'ENOMEM'],
    ['XenStore.introduce', 'EINVAL'],
    ['Domains.unpause', 'EINVAL'],
  ])('is taken up again by the next supervisor where its restart fails at %s', async (call, errno) => {
    const { simulator, domain, told, domains, ...on } = await running(`${PV}on_reboot = "restart"\n`);
    simulator.faults.inject({ call, refuse: errno });
    await simulator.asDomain(domain.domid).shutdown('reboot');
    expect((await told.seen('failed')).error).toMatchObject({ errno });
    expect(JSON.parse(domains.get(domain.uuid)!)).toMatchObject({ state: 'restarting' });
    await told.close();
    simulator.faults.clear();
    const later = supervised(on.toolstack);
    expect((await later.seen('domain-restarted')).domain).toMatchObject({ name: 'web', uuid: domain.uuid });
    expect(JSON.parse(domains.get(domain.uuid)!)).toMatchObject({ state: 'runs' });
  });

  it('stays kept where the death of its earlier device model is told after it was started again', async () => {
    const { simulator, domain, told, domains, tell } = await running(`${HVM}on_reboot = "restart"\n`);
    await simulator.asDomain(domain.domid).shutdown('reboot');
    await told.seen('domain-restarted');
    tell(died(domain, true));
    await told.seen('device-model-died');
    await told.close();
    expect(domains.has(domain.uuid)).toBe(true);
  });

  it('is not started once more after its restart had come to its end but not been told', async () => {
    const memory = memoryKept();
    const on = host({}, memory);
    const domain = await created(on, PV);
    const kept = JSON.parse(memory.domains.get(domain.uuid)!) as KeptDomain;
    memory.domains.set(domain.uuid, JSON.stringify({ ...kept, state: 'restarting' }));
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    expect(JSON.parse(memory.domains.get(domain.uuid)!)).toMatchObject({ state: 'runs' });
    expect(told.events.map(({ event }) => event)).toEqual(['supervising']);
  });

  it('is acted on though it shut down while nobody supervised', async () => {
    const on = host();
    const domain = await created(on, PV);
    await on.simulator.asDomain(domain.domid).shutdown('reboot');
    const told = supervised(on.toolstack);
    expect((await told.seen('domain-restarted')).before.domid).toBe(domain.domid);
  });

  it('is destroyed where it was restarted too often in too short a time', async () => {
    const restartLimit = { restarts: 2, withinMs: 60_000 };
    const { simulator, domain, told, ...on } = await running(`${PV}on_crash = "restart"\n`, { restartLimit });
    let { domid } = domain;
    for (const nth of [1, 2]) {
      await simulator.asDomain(domid).shutdown('crash');
      ({ domid } = (await told.seen('domain-restarted', nth)).domain);
    }
    await simulator.asDomain(domid).shutdown('crash');
    expect(await told.seen('restart-refused')).toMatchObject({ restarts: 2, withinMs: 60_000, domain: { domid } });
    await told.seen('domain-destroyed');
    expect(await on.toolstack.list()).toHaveLength(1);
  });

  it('may restart for ever where it takes its time', async () => {
    const restartLimit = { restarts: 1, withinMs: 20 };
    const { simulator, domain, told } = await running(`${PV}on_reboot = "restart"\n`, { restartLimit });
    let { domid } = domain;
    for (const nth of [1, 2, 3]) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await simulator.asDomain(domid).shutdown('reboot');
      ({ domid } = (await told.seen('domain-restarted', nth)).domain);
    }
  });

  it('is told of where it cannot be started again, and supervision goes on', async () => {
    const { simulator, domain, told, toolstack, domains } = await running(`${PV}on_reboot = "restart"\n`);
    const other = await toolstack.create(await toolstack.plan({ text: PV.replace('web', 'db') }), QUIET);
    simulator.faults.inject({ call: 'DomainBuilder.build', refuse: 'ENOMEM' });
    await simulator.asDomain(domain.domid).shutdown('reboot');
    const { error, domain: failed } = await told.seen('failed');
    expect(failed).toMatchObject({ name: 'web', uuid: domain.uuid });
    expect(error.errno).toBe('ENOMEM');
    // The next supervisor tries again.
    expect(JSON.parse(domains.get(domain.uuid)!)).toMatchObject({ state: 'restarting' });
    await simulator.asDomain(other.domid).shutdown('poweroff');
    expect((await told.seen('domain-destroyed')).domain.name).toBe('db');
  });

  it('is one of many: each is acted on', async () => {
    const on = host({ host: { memoryKib: 8 * 1024 * 1024 } });
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    const domids: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      domids.push((await created(on, PV.replace('web', `web${index}`))).domid);
    }
    await Promise.all(domids.map((domid) => on.simulator.asDomain(domid).shutdown('reboot')));
    await told.seen('domain-restarted', 20);
    expect(told.events.filter(({ event }) => event === 'domain-restarted')).toHaveLength(20);
    expect(await on.toolstack.list()).toHaveLength(21);
  });
});

describe('a device model that dies', () => {
  it('has its domain marked crashed, and what follows a crash follows', async () => {
    const { domain, told, tell } = await running(`${HVM}on_crash = "restart"\n`);
    tell(died(domain));
    expect(await told.seen('device-model-died')).toMatchObject({
      crashed: true,
      model: { domid: domain.domid, name: 'win' },
      message: 'pid 4711: died due to signal SIGKILL',
      said: ['last words'],
    });
    expect(await told.seen('domain-shutdown')).toMatchObject({ reason: 'crash', action: 'restart' });
    await told.seen('domain-restarted');
  });

  it('is told of with its domain crashed where the hypervisor was faster', async () => {
    const { simulator, domain, told, tell } = await running(`${HVM}on_crash = "preserve"\n`);
    await simulator.asDomain(domain.domid).shutdown('crash');
    await told.seen('domain-preserved');
    tell(died(domain));
    expect((await told.seen('device-model-died')).crashed).toBe(true);
    expect(told.events.filter(({ event }) => event === 'domain-shutdown')).toHaveLength(1);
  });

  it('is told of though the domain cannot be marked, and the supervision goes on', async () => {
    const { simulator, domain, told, tell } = await running(`${HVM}on_crash = "preserve"\n`);
    simulator.faults.inject({ call: 'Domains.shutdown', refuse: 'EPERM' });
    tell(died(domain));
    expect(await told.seen('device-model-died')).toMatchObject({ crashed: false, said: ['last words'] });
    const { domid } = domain;
    expect(await told.seen('failed')).toMatchObject({ error: { code: 'HYPERVISOR_CALL_FAILED' }, domain: { domid } });
    tell(died(domain));
    expect((await told.seen('device-model-died', 2)).crashed).toBe(true);
  });

  it('changes nothing where the domain had shut down before', async () => {
    const { simulator, domain, told, tell, toolstack } = await running(`${HVM}on_poweroff = "preserve"\n`);
    await simulator.asDomain(domain.domid).shutdown('poweroff');
    await told.seen('domain-preserved');
    tell(died(domain));
    expect((await told.seen('device-model-died')).crashed).toBe(false);
    expect((await toolstack.list())[1]?.shutdownReason).toBe('poweroff');
  });

  it('is not told of again at the next start, once its domain was marked', async () => {
    const { simulator, domain, told, tell } = await running(`${HVM}on_crash = "preserve"\n`);
    await simulator.asDomain(domain.domid).shutdown('crash');
    await told.seen('domain-preserved');
    tell(died(domain, true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.events.map(({ event }) => event)).not.toContain('device-model-died');
  });

  it('leaves a domain alone that has its domid by now', async () => {
    const { domain, told, tell, toolstack } = await running(HVM);
    tell(died({ ...domain, uuid: '00000000-0000-4000-8000-000000000000' }));
    expect((await told.seen('device-model-died')).crashed).toBe(false);
    expect((await toolstack.list())[1]?.shutdownReason).toBeUndefined();
  });
});

describe('who supervises', () => {
  it('is one process at a time', async () => {
    const on = host();
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    expect(await on.toolstack.isSupervised()).toBe(true);
    await expect(supervised(on.toolstack).seen('supervising')).rejects.toMatchObject({ code: 'SUPERVISOR_RUNS' });
    await told.close();
    expect(await on.toolstack.isSupervised()).toBe(false);
  });

  it('is missed by who creates a domain', async () => {
    const on = host();
    const warned = async (text: string): Promise<string[]> => {
      const codes: string[] = [];
      await on.toolstack.create(await on.toolstack.plan({ text }), { onWarning: (code) => codes.push(code) });
      return codes;
    };
    expect(await warned(PV)).toEqual(['NOT_SUPERVISED']);
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    expect(await warned(PV.replace('web', 'db'))).toEqual([]);
  });

  it('may be asked for some domains alone, beside another', async () => {
    const on = host();
    const one = await created(on, PV);
    const other = await created(on, PV.replace('web', 'db'));
    const told = supervised(on.toolstack, { uuids: [one.uuid] });
    await told.seen('supervising');
    await on.simulator.asDomain(other.domid).shutdown('poweroff');
    await on.simulator.asDomain(one.domid).shutdown('poweroff');
    await told.seen('domain-destroyed');
    expect(told.events.filter(({ event }) => event === 'domain-shutdown')).toHaveLength(1);
    expect(await on.toolstack.isSupervised()).toBe(false);
    const all = supervised(on.toolstack);
    expect((await all.seen('domain-destroyed')).domain.name).toBe('db');
  });

  it.each(['by itself', 'by another'])('ends with the last of those domains, which ended %s', async (by) => {
    const on = host();
    const domain = await created(on, PV);
    const told = supervised(on.toolstack, { uuids: [domain.uuid] });
    await told.seen('supervising');
    if (by === 'by itself') await on.simulator.asDomain(domain.domid).shutdown('poweroff');
    else await on.toolstack.destroy('web');
    expect((await told.seen('domain-gone')).uuid).toBe(domain.uuid);
    await told.ended;
  });

  it('goes on with the domain that takes the place of one of them', async () => {
    const on = host();
    const domain = await created(on, `${PV}on_crash = "rename-restart"\n`);
    const told = supervised(on.toolstack, { uuids: [domain.uuid] });
    await told.seen('supervising');
    await on.simulator.asDomain(domain.domid).shutdown('crash');
    const { domain: again } = await told.seen('domain-restarted');
    await on.simulator.asDomain(again.domid).shutdown('poweroff');
    expect((await told.seen('domain-destroyed')).domain.uuid).toBe(again.uuid);
    await on.toolstack.destroy('web-1');
    await told.ended;
  });

  it('acts on a domain once, however many do', async () => {
    const on = host();
    const domain = await created(on, `${PV}on_reboot = "restart"\n`);
    const [all, one] = [supervised(on.toolstack), supervised(on.toolstack, { uuids: [domain.uuid] })];
    await Promise.all([all.seen('supervising'), one.seen('supervising')]);
    await on.simulator.asDomain(domain.domid).shutdown('reboot');
    await Promise.race([all.seen('domain-restarted'), one.seen('domain-restarted')]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const restarted = [...all.events, ...one.events].filter(({ event }) => event === 'domain-restarted');
    expect(restarted).toHaveLength(1);
    expect(await on.toolstack.list()).toHaveLength(2);
  });

  it('acts where another process that did died with the domain half done', async () => {
    const on = host();
    const domain = await created(on, PV);
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    on.locks.add(domain.uuid);
    await on.simulator.asDomain(domain.domid).shutdown('poweroff');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.events.map(({ event }) => event)).toEqual(['supervising']);
    on.locks.delete(domain.uuid);
    await told.seen('domain-destroyed');
  });

  it('ends when asked to, after what is under way', async () => {
    const { simulator, domain, told, toolstack } = await running(`${PV}on_reboot = "restart"\n`);
    simulator.faults.inject({ call: 'DomainBuilder.build', delayMs: 100 });
    await simulator.asDomain(domain.domid).shutdown('reboot');
    await told.seen('domain-shutdown');
    await told.close();
    expect(told.events.map(({ event }) => event)).toContain('domain-restarted');
    expect((await toolstack.list())[1]).toMatchObject({ name: 'web', paused: false });
    expect((await toolstack.list())[1]?.shutdownReason).toBeUndefined();
  });

  it('ends by its signal', async () => {
    const on = host();
    const abort = new AbortController();
    const supervision = on.toolstack.supervise({ signal: abort.signal });
    expect((await supervision.next()).value).toMatchObject({ event: 'supervising' });
    abort.abort();
    expect((await supervision.next()).done).toBe(true);
    expect(on.locks.size).toBe(0);
  });
});

/** Which of the things that a rename-restart keeps. */
const KEPT = ['first', 'second', 'third', 'fourth'];

describe('a supervisor that was killed', () => {
  it.each(['Domains.destroy', 'XenStore.remove', 'Domains.create', 'DomainBuilder.build', 'Domains.unpause'])(
    'in a restart, during %s, has it finished by the next one',
    async (call) => {
      const memory = memoryKept();
      const on = host({}, memory);
      const domain = await created(on, `${PV}on_reboot = "restart"\n`);
      const told = supervised(on.toolstack);
      await told.seen('supervising');
      let crashed: () => void = () => undefined;
      const crash = new Promise<void>((resolve) => (crashed = resolve));
      on.simulator.faults.inject({
        call,
        before: () => {
          on.simulator.crash();
          crashed();
        },
      });
      await on.simulator.asDomain(domain.domid).shutdown('reboot');
      await crash;
      told.abandon();
      // Its locks end with it.
      memory.locks.clear();
      const later = supervised(on.toolstack);
      await later.seen('supervising');
      await new Promise((resolve) => setTimeout(resolve, 100));
      const list = await on.toolstack.list();
      expect(list.map(({ name, shutdownReason, paused }) => [name, shutdownReason, paused]).slice(1)).toEqual([
        ['web', undefined, false],
      ]);
      expect(await on.toolstack.journal()).toEqual([]);
    },
  );

  it.each(
    ['Domains.info', 'XenStore.transaction', 'XenStore.write', 'Domains.create', 'Domains.unpause'].concat([
      'the first thing kept',
      'the second thing kept',
      'the third thing kept',
      'the fourth thing kept',
    ]),
  )('in a rename-restart, during %s, has it finished by the next one', async (call) => {
    const memory = memoryKept();
    const on = host({}, memory);
    const domain = await created(on, `${PV}on_crash = "rename-restart"\n`);
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    let crashed: () => void = () => undefined;
    const crash = new Promise<void>((resolve) => (crashed = resolve));
    const die = () => {
      on.simulator.crash();
      crashed();
    };
    const { keep } = memory.kept;
    let left = KEPT.indexOf(call.split(' ')[1] ?? '');
    if (left < 0) on.simulator.faults.inject({ call, before: die });
    else {
      memory.kept.keep = async (kept) => {
        await keep(kept);
        if (left-- > 0) return;
        die();
        await new Promise(() => undefined);
      };
    }
    await on.simulator.asDomain(domain.domid).shutdown('crash');
    await crash;
    memory.kept.keep = keep;
    told.abandon();
    memory.locks.clear();
    await on.toolstack.recover();
    const later = supervised(on.toolstack);
    await later.seen('supervising');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const list = await on.toolstack.list();
    expect(list.map(({ name, uuid, shutdownReason }) => [name, uuid === domain.uuid, shutdownReason]).slice(1)).toEqual(
      [
        ['web-1', true, 'crash'],
        ['web', false, undefined],
      ],
    );
    expect([...memory.domains.values()].map((text) => (JSON.parse(text) as KeptDomain).state).sort()).toEqual([
      'preserved',
      'runs',
    ]);
    expect(await on.toolstack.journal()).toEqual([]);
  });

  it('gives up a restart that had failed, where the guest was made anew meanwhile', async () => {
    const on = host();
    const domain = await created(on, PV);
    const text = on.domains.get(domain.uuid)!;
    await on.toolstack.destroy('web');
    await created(on, PV);
    on.domains.set(domain.uuid, text.replace('"state":"runs"', '"state":"restarting"'));
    const told = supervised(on.toolstack);
    await told.seen('supervising');
    expect(told.events[0]).toMatchObject({ event: 'failed', error: { code: 'NAME_TAKEN' } });
    expect(on.domains.has(domain.uuid)).toBe(false);
  });

  it('leaves nothing kept of a domain that is gone', async () => {
    const on = host();
    const domain = await created(on, PV);
    const text = on.domains.get(domain.uuid)!;
    await on.toolstack.destroy('web');
    on.domains.set(domain.uuid, text);
    await supervised(on.toolstack).seen('supervising');
    expect(on.domains.size).toBe(0);
  });
});
