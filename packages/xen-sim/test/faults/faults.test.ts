import { describe, expect, it } from '@jest/globals';
import { errnosOf, FaultInjector, withFaults } from '../../src/index.js';
import { PORTS } from '../../src/ports/all.js';
import { buildGuest, domainSpec, drive, newHost } from '../support/host.js';

describe('faults', () => {
  it('befall the n-th of the calls they name, once or several times', async () => {
    const { simulator, memory } = newHost();
    simulator.faults.inject({ call: 'Memory.physical', nth: 2, times: 2, refuse: 'EPERM' });
    const outcomes: string[] = [];
    for (let call = 0; call < 5; call += 1) {
      outcomes.push(
        await memory.physical().then(
          () => 'ok',
          (error: unknown) => (error as { errno: string }).errno,
        ),
      );
    }
    expect(outcomes).toEqual(['ok', 'EPERM', 'EPERM', 'ok', 'ok']);
  });

  it('befall any call where they name none, counted from when they are injected', async () => {
    const { simulator, memory, domains } = newHost();
    await memory.physical();
    simulator.faults.inject({ nth: 2, refuse: 'ENOMEM' });
    await memory.physical();
    await expect(domains.create(domainSpec())).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      call: 'xc_domain_create',
      errno: 'ENOMEM',
    });
    await expect(domains.create(domainSpec())).resolves.toBe(1);
  });

  it('keep a refused call from being carried out, and carry out one whose answer is lost', async () => {
    const { simulator, domains } = newHost();
    simulator.faults.inject({ call: 'Domains.create', refuse: 'EINVAL' });
    await expect(domains.create(domainSpec())).rejects.toMatchObject({ errno: 'EINVAL' });
    expect(await domains.list()).toHaveLength(1);
    simulator.faults.inject({ call: 'Domains.create', lose: 'EINVAL' });
    await expect(domains.create(domainSpec())).rejects.toMatchObject({ errno: 'EINVAL' });
    expect(await domains.list()).toHaveLength(2);
  });

  it('delay a call, or its answer', async () => {
    const { simulator, domains } = newHost();
    simulator.faults.inject(
      { call: 'Domains.create', delayMs: 20 },
      { call: 'Domains.create', answerLateMs: 20, nth: 2 },
    );
    const delayed = domains.create(domainSpec());
    expect(await domains.list()).toHaveLength(1);
    await delayed;
    const late = domains.create(domainSpec());
    let answered = false;
    void late.then(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await domains.list()).toHaveLength(3);
    expect(answered).toBe(false);
    await expect(late).resolves.toBe(2);
  });

  it('leave a call unanswered until it is aborted', async () => {
    const { simulator, store } = newHost();
    const control = new AbortController();
    simulator.faults.inject({ call: 'XenStore.read', hang: 'before' });
    const hanging = store.read('/', { signal: control.signal });
    control.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'ABORTED' });
    simulator.faults.inject({ call: 'XenStore.write', hang: 'after' });
    const write = store.write([{ path: '/a', value: '' }], { signal: AbortSignal.timeout(5) });
    await expect(write).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await store.read('/a')).toBe('');
  });

  it('run what a test wants, before a call or after it', async () => {
    const { simulator, domains } = newHost();
    const seen: (number | string)[] = [];
    const look = (when: string) => async () => {
      seen.push(when, (await simulator.inspect()).domains.length);
    };
    simulator.faults.inject({ call: 'Domains.create', before: look('before'), after: look('after') });
    await domains.create(domainSpec());
    expect(seen).toEqual(['before', 1, 'after', 2]);
    simulator.faults.inject({ call: 'Domains.list', throw: 'anything' });
    await expect(domains.list()).rejects.toBe('anything');
  });

  it('reach the requests of a transaction, journal entries and locks', async () => {
    const { simulator, store, journal, posix } = newHost();
    const calls = simulator.faults.record();
    await store.transaction((transaction) => transaction.write([{ path: '/a', value: '' }]));
    const entry = await journal.open({ operation: 'create', name: '', uuid: '' });
    await entry.leave();
    const [found] = await journal.abandoned();
    await found?.entry.close();
    await (await posix.tryLock('/l'))?.release();
    for await (const event of store.watch('/a')) if (event.path) break;
    expect(calls.map(({ call }) => call)).toEqual([
      'XenStore.transaction',
      'XenStore.transaction.write',
      'Journal.open',
      'Journal.leave',
      'Journal.abandoned',
      'Journal.close',
      'Posix.tryLock',
      'Posix.release',
      'XenStore.watch',
    ]);
    simulator.faults.inject({ call: 'XenStore.transaction.write', refuse: 'ENOSPC' });
    const work = store.transaction((transaction) => transaction.write([{ path: '/b', value: '' }]));
    await expect(work).rejects.toMatchObject({ code: 'XENSTORE_NOSPC', call: 'WRITE' });
    expect(await store.read('/b')).toBeUndefined();
  });

  it('are disarmed one by one, or all', async () => {
    const { simulator, memory } = newHost();
    const disarm = simulator.faults.inject({ refuse: 'EPERM', times: Infinity });
    await expect(memory.physical()).rejects.toThrow();
    disarm();
    await expect(memory.physical()).resolves.toBeDefined();
    simulator.faults.inject({ refuse: 'EPERM' });
    simulator.faults.clear();
    await expect(memory.physical()).resolves.toBeDefined();
  });

  it('are known for every call of every port, each with an error in the form of its port', async () => {
    const { simulator, ...ports } = newHost();
    const without: string[] = [];
    const byName: Record<string, object> = {
      Domains: ports.domains,
      Memory: ports.memory,
      EventChannels: ports.channels,
      HvmParams: ports.params,
      CpuPolicy: ports.cpu,
      DomainBuilder: ports.builder,
      XenStore: ports.store,
      DeviceModels: ports.models,
      Posix: ports.posix,
      Host: ports.host,
      Journal: ports.journal,
    };
    expect(Object.keys(byName)).toEqual(PORTS.map(({ name }) => name));
    for (const [name, port] of Object.entries(byName)) {
      for (const [method, call] of Object.entries(port)) {
        const errnos = errnosOf(`${name}.${method}`);
        if (errnos.length === 0) without.push(`${name}.${method}`);
        for (const errno of errnos) {
          simulator.faults.inject({ refuse: errno });
          const answer = method === 'watch' ? readOne(port) : (call as () => Promise<unknown>)();
          const error = await answer.catch((thrown: unknown) => thrown);
          expect(error).toMatchObject({ name: 'XenImageError', errno });
          expect((error as { code: string }).code).toMatch(/^[A-Z0-9_]+$/);
        }
      }
    }
    expect(without).toEqual(['Posix.identify', 'Posix.signal', 'Posix.waitForExit', 'Host.warn']);
  });

  it('wrap any other driver as well', async () => {
    class Driver {
      #value = 1;
      get(): Promise<number> {
        return Promise.resolve(this.#value);
      }
    }
    const injector = new FaultInjector();
    const wrapped = withFaults('Acme', new Driver(), { injector });
    expect(await wrapped.get()).toBe(1);
    injector.inject({ call: 'Acme.get', refuse: 'EIO' });
    await expect(wrapped.get()).rejects.toMatchObject({ errno: 'EIO' });
    expect(injector.count).toBe(2);
  });
});

function readOne(port: object): Promise<unknown> {
  return (port as { watch(path: string): AsyncIterable<unknown> }).watch('/')[Symbol.asyncIterator]().next();
}

describe('the end of the toolstack process', () => {
  it.each(['before', 'after'] as const)(
    'comes %s a call is carried out: it is never answered, later ones are not carried out, the host is as it was',
    async (when) => {
      const host = newHost();
      const domid = await buildGuest(host);
      let answered = false;
      const answer = () => {
        answered = true;
      };
      host.simulator.faults.inject({
        call: 'Domains.create',
        [when]: () => {
          host.simulator.crash();
        },
      });
      void host.domains.create(domainSpec()).then(answer, answer);
      await new Promise((resolve) => setTimeout(resolve, 5));
      void host.domains.destroy(domid).then(answer, answer);
      host.simulator.faults.inject({ refuse: 'EIO' });
      void host.domains.list().then(answer, answer);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(answered).toBe(false);
      const later = drive(host.simulator);
      expect(await later.domains.list()).toHaveLength(when === 'before' ? 2 : 3);
      await later.domains.destroy(domid);
    },
  );

  it('ends its watches, and nothing of the guests', async () => {
    const host = newHost();
    const domid = await buildGuest(host);
    const guest = host.simulator.asDomain(domid);
    const events = host.store.watch('/a')[Symbol.asyncIterator]();
    await events.next();
    let told = false;
    void events.next().then(() => (told = true));
    host.simulator.crash();
    await guest.shutdown('poweroff');
    const later = drive(host.simulator);
    await later.store.write([{ path: '/a', value: '' }]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told).toBe(false);
    expect(await later.domains.info(domid)).toMatchObject({ shutdownReason: 'poweroff' });
  });
});
