import { describe, expect, it } from '@jest/globals';
import type { StorePermission } from '@xen-image/core';
import { allows, parsePermission, spellPermission } from '../../src/store/permissions.js';
import { buildGuest, newHost, type TestHost } from '../support/host.js';

const entry = (text: string): StorePermission => parsePermission(text)!;
const entries = (...texts: string[]): StorePermission[] => texts.map(entry);

/** A host with two guests, 1 and 2, that live. */
async function twoGuests(): Promise<TestHost> {
  const host = newHost();
  await buildGuest(host, 32);
  await buildGuest(host, 32);
  return host;
}

describe('entries of permissions', () => {
  it.each(['n0', 'r5', 'w5', 'b65535'])('are spelled as on the wire: %s', (text) => {
    expect(spellPermission(entry(text))).toBe(text);
  });

  it.each(['', 'x1', 'r', 'r-1', 'rw1', 'r1 '])('are not %j', (text) => {
    expect(parsePermission(text)).toBeUndefined();
  });
});

describe('who may do what to a node', () => {
  const lives = new Map([
    [1, 10],
    [2, 10],
    [3, 30],
  ]);
  const node = { permissions: entries('r1', 'b2', 'b3', 'n4'), generation: 20 };

  it.each<[what: string, domid: number, read: boolean, write: boolean, own: boolean]>([
    ['domain 0 may do everything', 0, true, true, true],
    ['the owner may do everything, whatever its letter says', 1, true, true, true],
    ['a domain with an entry may do what that says', 2, true, true, false],
    ['an entry older than its domain speaks of another domain', 3, true, false, false],
    ['an entry of a domain that is gone counts for nothing', 4, true, false, false],
    ['others may do what the letter of the owner says', 5, true, false, false],
  ])('%s', (_, domid, read, write, own) => {
    expect([
      allows(node, domid, 'read', lives),
      allows(node, domid, 'write', lives),
      allows(node, domid, 'own', lives),
    ]).toEqual([read, write, own]);
  });
});

describe('what a guest sees of the store', () => {
  it('is what it may read: a refusal does not tell whether there is a node', async () => {
    const host = await twoGuests();
    await host.store.write([
      { path: '/secret', value: 'x', permissions: entries('n0') },
      { path: '/mine', value: 'y', permissions: entries('n0', 'r1') },
      { path: '/open', value: 'z', permissions: entries('r0') },
    ]);
    const guest = host.simulator.asDomain(1).store;
    await expect(guest.read('/secret')).rejects.toMatchObject({
      code: 'XENSTORE_ACCES',
      errno: 'EACCES',
      call: 'READ',
    });
    await expect(guest.read('/secret/absent')).rejects.toMatchObject({ errno: 'EACCES' });
    await expect(guest.read('/absent')).rejects.toMatchObject({ errno: 'EACCES' });
    expect(await guest.read('/mine')).toBe('y');
    expect(await guest.read('/mine/absent')).toBeUndefined();
    expect(await guest.read('/open')).toBe('z');
    await expect(host.simulator.asDomain(2).store.read('/mine')).rejects.toMatchObject({ errno: 'EACCES' });
  });

  it('is written where it has the right, and what it makes is its own', async () => {
    const host = await twoGuests();
    await host.store.write([{ path: '/place', value: '', permissions: entries('n0', 'w1') }]);
    const guest = host.simulator.asDomain(1).store;
    await guest.write([{ path: '/place/a/b', value: '1' }]);
    expect((await host.store.permissions('/place/a'))?.map(spellPermission)).toEqual(['n1', 'w1']);
    await expect(guest.list('/place')).rejects.toMatchObject({ errno: 'EACCES' });
    expect(await guest.list('/place/a')).toEqual(['b']);
    await expect(guest.write([{ path: '/elsewhere', value: '' }])).rejects.toMatchObject({ errno: 'EACCES' });
    await expect(guest.remove('/')).rejects.toMatchObject({ errno: 'EACCES' });
    await guest.remove('/place/a');
    expect(await host.store.list('/place')).toEqual([]);
  });

  it('has permissions that only an owner changes, and an owner that only domain 0 changes', async () => {
    const host = await twoGuests();
    await host.store.write([
      { path: '/theirs', value: '', permissions: entries('n0', 'b1') },
      { path: '/own', value: '', permissions: entries('n1') },
    ]);
    const guest = host.simulator.asDomain(1).store;
    await expect(guest.setPermissions('/theirs', entries('n1'))).rejects.toMatchObject({ errno: 'EACCES' });
    await guest.setPermissions('/own', entries('n1', 'r2'));
    expect(await host.simulator.asDomain(2).store.read('/own')).toBe('');
    await expect(guest.setPermissions('/own', entries('n2'))).rejects.toMatchObject({ code: 'XENSTORE_PERM' });
    await host.store.setPermissions('/own', entries('n2'));
    await expect(guest.read('/own')).rejects.toMatchObject({ errno: 'EACCES' });
  });

  it('lets no guest introduce or release domains', async () => {
    const host = await twoGuests();
    const guest = host.simulator.asDomain(1).store;
    await expect(guest.introduce(2, 1, 1)).rejects.toMatchObject({ errno: 'EACCES' });
    await expect(guest.release(2)).rejects.toMatchObject({ errno: 'EACCES' });
  });

  it('is limited by quotas that domain 0 does not know', async () => {
    const host = await twoGuests();
    await host.store.write([{ path: '/place', value: '', permissions: entries('n1') }]);
    const guest = host.simulator.asDomain(1).store;
    const big = 'x'.repeat(2049);
    await expect(guest.write([{ path: '/place/big', value: big }])).rejects.toMatchObject({ errno: 'ENOSPC' });
    await expect(host.store.write([{ path: '/place/big', value: big }])).resolves.toBeUndefined();
    const fill = async (): Promise<void> => {
      for (let at = 0; at < 1001; at += 1) await guest.write([{ path: `/place/n${at}`, value: '' }]);
    };
    await expect(fill()).rejects.toMatchObject({ errno: 'ENOSPC' });
    const six = entries('n1', 'r2', 'r2', 'r2', 'r2', 'r2');
    await expect(guest.setPermissions('/place', six)).rejects.toMatchObject({ errno: 'ENOSPC' });
  });

  it('is limited by the quotas of the host', async () => {
    const host = newHost({ host: { storeQuotas: { nodes: 2, watches: 1 } } });
    const domid = await buildGuest(host, 32);
    await host.store.write([{ path: '/place', value: '' }]);
    await host.store.setPermissions('/place', entries(`n${domid}`));
    const guest = host.simulator.asDomain(domid).store;
    await guest.write([{ path: '/place/a', value: '' }]);
    await expect(guest.write([{ path: '/place/b', value: '' }])).rejects.toMatchObject({ errno: 'ENOSPC' });
    const watches = [guest.watch('/place'), guest.watch('/place/a')].map((watch) => watch[Symbol.asyncIterator]());
    await watches[0]?.next();
    await expect(watches[1]?.next()).rejects.toMatchObject({ errno: 'E2BIG' });
  });

  it('does not let a new domain read what an old one of its domid could', async () => {
    const host = newHost();
    const old = await buildGuest(host, 32);
    await host.store.write([{ path: '/left', value: 'x', permissions: entries('n0', `r${old}`) }]);
    expect(await host.simulator.asDomain(old).store.read('/left')).toBe('x');
    await host.domains.destroy(old);
    let domid = 0;
    for (let count = 0; domid !== old; count += 1) {
      domid = await host.domains.create({ ...(await infoSpec(count)) });
      if (domid !== old) await host.domains.destroy(domid);
    }
    await expect(host.simulator.asDomain(old).store.read('/left')).rejects.toMatchObject({ errno: 'EACCES' });
  });

  it('cannot be owned by a domain that does not exist', async () => {
    const host = newHost();
    await host.store.write([{ path: '/a', value: '' }]);
    await expect(host.store.setPermissions('/a', entries('n9'))).rejects.toMatchObject({ errno: 'ENOENT' });
  });
});

async function infoSpec(count: number) {
  const uuid = `00000000-0000-4000-9000-${count.toString(16).padStart(12, '0')}`;
  return { uuid, container: 'pv', hap: false, emulation: 'none', maxVcpus: 1 } as const;
}
