import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { DomainChanges, DomainIdentity, Domains } from '../../src/contract/ports/domains.js';
import { DOMAINS, XENSTORE } from '../../src/contract/tokens.js';
import { KnownDomains } from '../../src/lifecycle/known-domains.js';
import { Operation } from '../../src/registry/operation.js';
import { PV, simulated, toolstackOn } from '../support/toolstack.js';

const text = (name: string): string => PV.replace('"web"', `"${name}"`);

type Tells = 'what changed' | 'how lists differ' | 'all';

/** Changes as a host tells them that can only be asked for all: its mark is the list. */
function differences(list: () => Promise<readonly DomainIdentity[]>): NonNullable<Domains['changes']> {
  return async (since) => {
    const now = new Map((await list()).map(({ domid, uuid, dying }) => [domid, { domid, uuid, dying }]));
    const before = since as typeof now | undefined;
    const differs = ({ domid, uuid, dying }: DomainIdentity): boolean =>
      before?.get(domid)?.uuid !== uuid || before.get(domid)?.dying !== dying;
    return {
      mark: now,
      complete: before === undefined,
      domains: [...now.values()].filter(differs),
      gone: [...(before?.keys() ?? [])].filter((domid) => !now.has(domid)),
    };
  };
}

/** A host of two toolstacks; the first one's view of its domains. */
function host(tells: Tells) {
  const { simulator } = simulated();
  const other = toolstackOn(simulator);
  const operation = new Operation(other.registry);
  const store = operation.get(XENSTORE);
  const whole = operation.get(DOMAINS);
  const domains: Domains = { ...whole };
  if (tells === 'all') delete domains.changes;
  if (tells === 'how lists differ') domains.changes = differences(() => domains.list());
  const known = new KnownDomains();
  return {
    store,
    domains,
    create: async (name: string) => other.create(await other.plan({ text: text(name) })),
    destroy: (name: string) => other.destroy(name),
    named: async (name: string) => {
      await known.look(domains);
      return (await known.named(store, name))?.domid;
    },
    withUuid: async (uuid: string) => {
      await known.look(domains);
      return known.withUuid(uuid).map(({ domid }) => domid);
    },
  };
}

describe.each<Tells>(['what changed', 'how lists differ', 'all'])(
  'domains that were seen, on a host that tells %s,',
  (tells) => {
    it('are those of all toolstacks, by name and by uuid, domain 0 included', async () => {
      const { create, named, withUuid } = host(tells);
      expect(await named('Domain-0')).toBe(0);
      expect(await named('one')).toBeUndefined();
      const one = await create('one');
      const two = await create('two');
      expect(await named('one')).toBe(one.domid);
      expect(await named('two')).toBe(two.domid);
      expect(await withUuid(two.uuid)).toEqual([two.domid]);
    });

    it('are forgotten once they are gone', async () => {
      const { create, destroy, named, withUuid } = host(tells);
      const { uuid } = await create('one');
      await named('one');
      await destroy('one');
      expect(await named('one')).toBeUndefined();
      expect(await withUuid(uuid)).toEqual([]);
      const again = await create('one');
      expect(await named('one')).toBe(again.domid);
    });

    it('have the name that they were given after they were first seen', async () => {
      const { domains, store, named } = host(tells);
      const uuid = '11111111-2222-4333-8444-555555555555';
      const domid = await domains.create({ uuid, container: 'pv', hap: false, emulation: 'none', maxVcpus: 1 });
      expect(await named('late')).toBeUndefined();
      await store.write([{ path: `/local/domain/${domid}/name`, value: 'late' }]);
      expect(await named('late')).toBe(domid);
    });

    it('no longer have a name that another toolstack took from them', async () => {
      const { create, store, named } = host(tells);
      const { domid } = await create('one');
      await named('one');
      await store.write([{ path: `/local/domain/${domid}/name`, value: 'other' }]);
      expect(await named('one')).toBeUndefined();
      expect(await named('other')).toBe(domid);
    });

    it('have their uuid still, but no name, while they die', async () => {
      const { domains, store, named, withUuid } = host(tells);
      const uuid = '11111111-2222-4333-8444-555555555555';
      const list = domains.list.bind(domains);
      const domid = await domains.create({ uuid, container: 'pv', hap: false, emulation: 'none', maxVcpus: 1 });
      await store.write([{ path: `/local/domain/${domid}/name`, value: 'one' }]);
      expect(await named('one')).toBe(domid);
      // As a domain is whose device model maps its pages yet.
      const dying = { ...(await list()).find((info) => info.domid === domid)!, dying: true };
      domains.list = async () => [...(await list()).filter((info) => info.domid !== domid), dying];
      if (tells === 'what changed') {
        domains.changes = () => Promise.resolve({ mark: {}, complete: false, domains: [dying], gone: [] });
      }
      expect(await named('one')).toBeUndefined();
      expect(await withUuid(uuid)).toEqual([domid]);
    });
  },
);

describe('looks that overlap', () => {
  it('leave the newer answer where that of the earlier look comes late', async () => {
    const { domains } = host('what changed');
    const known = new KnownDomains();
    const answers: ((changes: DomainChanges) => void)[] = [];
    domains.changes = () => new Promise((resolve) => answers.push(resolve));
    const looks = [known.look(domains), known.look(domains)];
    const uuid = '11111111-2222-4333-8444-555555555555';
    answers[1]!({ mark: {}, complete: true, domains: [{ domid: 3, uuid, dying: false }], gone: [] });
    await looks[1];
    answers[0]!({ mark: {}, complete: true, domains: [], gone: [] });
    await looks[0];
    expect(known.withUuid(uuid)).toHaveLength(1);
  });
});

/** A look of its own at a host whose answers come when they are let through. */
function slowHost() {
  const there = new Map<number, DomainIdentity>();
  const waiting: (() => void)[] = [];
  const tell = differences(() => Promise.resolve([...there.values()].sort((a, b) => a.domid - b.domid)));
  const changes: NonNullable<Domains['changes']> = async (since) => {
    const answer = await tell(since);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return answer;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    there,
    domains: { changes } as Domains,
    /** Lets one of the answers through that wait, the oldest for 0. */
    answer: async (index: number): Promise<void> => {
      await settle();
      waiting.splice(index % Math.max(waiting.length, 1), 1)[0]?.();
      await settle();
    },
    answerAll: async (): Promise<void> => {
      for (await settle(); waiting.length > 0; await settle()) waiting.shift()!();
    },
  };
}

describe('looks that overlap on a host that tells how lists differ', () => {
  const uuids = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-2222-4333-8444-555555555555`);

  it('forget a domain that only one of them has seen', async () => {
    const { there, domains, answer, answerAll } = slowHost();
    const known = new KnownDomains();
    const first = known.look(domains);
    await answerAll();
    await first;
    there.set(3, { domid: 3, uuid: uuids[0]!, dying: false });
    const sees = known.look(domains);
    there.delete(3);
    const misses = known.look(domains);
    await answer(0);
    await answerAll();
    await Promise.all([sees, misses]);
    expect(known.withUuid(uuids[0]!)).toEqual([]);
  });

  it('leave what there was at the last of them, whatever the order in which they are answered', async () => {
    const change = fc.record({
      domid: fc.integer({ min: 1, max: 3 }),
      domain: fc.option(fc.record({ uuid: fc.constantFrom(...uuids), dying: fc.boolean() })),
    });
    const step = fc.oneof(
      change.map((made) => ({ made })),
      fc.constant({ look: true as const }),
      fc.nat(5).map((answered) => ({ answered })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { there, domains, answer, answerAll } = slowHost();
        const known = new KnownDomains();
        const looks: Promise<void>[] = [];
        for (const each of steps) {
          if ('look' in each) looks.push(known.look(domains));
          else if ('answered' in each) await answer(each.answered);
          else if (each.made.domain === null) there.delete(each.made.domid);
          else there.set(each.made.domid, { domid: each.made.domid, ...each.made.domain });
        }
        looks.push(known.look(domains));
        await answerAll();
        await Promise.all(looks);
        for (const uuid of uuids) {
          const expected = [...there.values()].filter((domain) => domain.uuid === uuid);
          const seen = known.withUuid(uuid).map(({ domid, dying }) => ({ domid, uuid, dying }));
          expect(seen.sort((a, b) => a.domid - b.domid)).toEqual(expected.sort((a, b) => a.domid - b.domid));
        }
      }),
    );
  });
});

describe('a create and a destroy', () => {
  it('make the same calls, and ask for no list of all, beside 10 domains and beside 500', async () => {
    const { simulator, toolstack } = simulated({ host: { memoryKib: 256 * 1024 * 1024, dom0Kib: 512 * 1024 } });
    const create = async (name: string) => toolstack.create(await toolstack.plan({ text: text(name) }));
    const callsOfOne = async () => {
      const calls = simulator.faults.record();
      await create('probe');
      await toolstack.destroy('probe');
      simulator.faults.clear();
      return calls;
    };
    let running = 0;
    const beside = async (count: number) => {
      for (; running < count; running += 1) await create(`guest${running}`);
      return callsOfOne();
    };
    const few = await beside(10);
    const many = await beside(500);
    const names = (calls: typeof few): string[] => calls.map(({ call }) => call);
    expect(names(many)).toEqual(names(few));
    expect(names(many)).not.toContain('Domains.list');
    // With a mark what has changed is answered, without one all.
    const looks = many.filter(({ call }) => call === 'Domains.changes');
    expect(looks.length).toBeGreaterThan(0);
    expect(looks.filter(({ args }) => args[0] === undefined)).toEqual([]);
  }, 60_000);
});
