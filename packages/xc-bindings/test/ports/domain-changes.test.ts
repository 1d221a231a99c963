import { describe, expect, it } from '@jest/globals';
import type { DomainChanges, DomainIdentity } from '@xen-image/core';
import * as fc from 'fast-check';
import { ABI_TABLES } from '../../src/index.js';
import { writeStruct } from '../../src/abi/struct.js';
import type { XcHandle } from '../../src/library/handle.js';
import { domainsPort } from '../../src/ports/domains.js';
import { uuidBytes } from '../../src/ports/uuid.js';

const abi = ABI_TABLES.find(({ version }) => version === '4.17')!;
const { size } = abi.structs.domainInfo;

type Host = ReadonlyMap<number, DomainIdentity>;

const hostOf = (domains: readonly DomainIdentity[]): Host => new Map(domains.map((each) => [each.domid, each]));
const sorted = (host: Host): DomainIdentity[] => [...host.values()].sort((a, b) => a.domid - b.domid);
const uuidOf = (number: number): string => `${number.toString(16).padStart(8, '0')}-89ab-4def-8123-456789abcdef`;

/** A port to a hypervisor that has these domains, what else it says of them differing from call to call. */
function portOn(host: () => Host) {
  const asked: { first: number; most: number }[] = [];
  const require = async (_call: string, _domain: unknown, _xc: bigint, first: number, most: number, infos: Buffer) => {
    asked.push({ first, most });
    const found = sorted(host())
      .filter(({ domid }) => domid >= first)
      .slice(0, most);
    found.forEach(({ domid, uuid, dying }, index) => {
      const struct = writeStruct(abi.structs.domainInfo, {
        domain: domid,
        flags: (dying ? abi.constants.infoDying : 0) | (asked.length % 2 === 0 ? abi.constants.infoRunning : 0),
        handle: uuidBytes(uuid),
        cpu_time: asked.length,
        tot_pages: asked.length,
      });
      struct.copy(infos, index * size);
    });
    return found.length;
  };
  const port = domainsPort({ handle: async () => ({ abi, pointer: 1n, require }) as unknown as XcHandle });
  return { changes: port.changes!, asked };
}

/** What whoever knew the domains of an earlier host has to make of an answer. */
function after(before: Host, { complete, domains, gone }: DomainChanges): Host {
  const now = new Map(complete ? [] : before);
  for (const domid of gone) now.delete(domid);
  for (const domain of domains) now.set(domain.domid, domain);
  return now;
}

const isSame = (one: DomainIdentity | undefined, other: DomainIdentity): boolean =>
  one?.uuid === other.uuid && one.dying === other.dying;

const anyDomain = (domids: number) =>
  fc.record({
    domid: fc.oneof(fc.nat(domids), fc.constantFrom(0x7fef)),
    // Of few, so that one comes back, and that domids change hands between them; the last bytes differ, or the first.
    uuid: fc.constantFrom(
      '00112233-4455-4677-8899-aabbccddeeff',
      '00112233-4455-4677-8899-aabbccddeefe',
      'f0112233-4455-4677-8899-aabbccddeeff',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ),
    dying: fc.boolean(),
  });

describe('what has changed since an earlier look at the domains of Xen', () => {
  it('is all there are for whoever has not looked, or has a mark of another host', async () => {
    const domains = [
      { domid: 0, uuid: uuidOf(0), dying: false },
      { domid: 7, uuid: '00112233-4455-4677-8899-aabbccddeeff', dying: true },
    ];
    const { changes } = portOn(() => hostOf(domains));
    expect(await changes()).toMatchObject({ complete: true, domains, gone: [] });
    expect(await changes({ lines: 3 })).toMatchObject({ complete: true, domains, gone: [] });
  });

  it('makes of the domains at any earlier look those of now, and names those alone that are not as they were', async () => {
    const hosts = fc.array(fc.uniqueArray(anyDomain(40), { selector: ({ domid }) => domid, maxLength: 40 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(hosts, fc.infiniteStream(fc.nat()), async (states, picks) => {
        let host: Host = hostOf([]);
        const { changes } = portOn(() => host);
        const looks: { host: Host; mark: object }[] = [];
        for (const state of states) {
          host = hostOf(state);
          const earlier = looks[picks.next().value! % Math.max(looks.length, 1)];
          const answer = await changes(earlier?.mark);
          expect(answer.complete).toBe(earlier === undefined);
          const before = earlier?.host ?? hostOf([]);
          expect(sorted(after(before, answer))).toEqual(sorted(host));
          expect(answer.gone).toEqual([...answer.gone].filter((domid) => before.has(domid) && !host.has(domid)));
          if (earlier !== undefined) {
            expect(answer.domains.filter((domain) => isSame(before.get(domain.domid), domain))).toEqual([]);
          }
          looks.push({ host, mark: answer.mark });
        }
      }),
    );
  });

  it('has nothing of a look where all are as they were, and keeps its mark', async () => {
    const { changes } = portOn(() => hostOf([{ domid: 3, uuid: uuidOf(3), dying: false }]));
    const { mark } = await changes();
    expect(await changes(mark)).toEqual({ mark, complete: false, domains: [], gone: [] });
    expect((await changes(mark)).mark).toBe(mark);
  });

  it('is asked for in one call where as many are there as before, and a few more', async () => {
    let host = hostOf(Array.from({ length: 120 }, (_, domid) => ({ domid, uuid: uuidOf(domid), dying: false })));
    const { changes, asked } = portOn(() => host);
    const { mark } = await changes();
    asked.length = 0;
    host = hostOf([...host.values(), { domid: 500, uuid: uuidOf(500), dying: false }]);
    expect((await changes(mark)).domains.map(({ domid }) => domid)).toEqual([500]);
    expect(asked).toHaveLength(1);
  });

  it('is found among as many domains as a host can have', async () => {
    const all = Array.from({ length: 0x7ff0 }, (_, domid) => ({ domid, uuid: uuidOf(domid), dying: false }));
    let found = all;
    const raw = Buffer.concat(
      all.map(({ domid, uuid }) => writeStruct(abi.structs.domainInfo, { domain: domid, handle: uuidBytes(uuid) })),
    );
    let most = 0;
    const require = async (
      _call: string,
      _domain: unknown,
      _xc: bigint,
      first: number,
      room: number,
      infos: Buffer,
    ) => {
      most = Math.max(most, room);
      // Without gaps, so that a place is a domid.
      const count = Math.min(room, found.length - first);
      raw.copy(infos, 0, first * size, (first + count) * size);
      return count;
    };
    const port = domainsPort({ handle: async () => ({ abi, pointer: 1n, require }) as unknown as XcHandle });
    const before = await port.changes!();
    expect(before.domains).toEqual(all);
    found = all.slice(0, -3);
    const { domains, gone } = await port.changes!(before.mark);
    expect({ domains, gone }).toEqual({ domains: [], gone: [0x7fed, 0x7fee, 0x7fef] });
    expect(most).toBeLessThanOrEqual(256);
  });
});
