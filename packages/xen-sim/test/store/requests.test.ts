import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newHost } from '../support/host.js';

describe('nodes', () => {
  it('are made with all above them, and removed with all below', async () => {
    const { store } = newHost();
    await store.write([{ path: '/a/b/c', value: '1' }]);
    expect(await store.read('/a')).toBe('');
    expect(await store.list('/a')).toEqual(['b']);
    await store.remove('/a');
    expect(await store.read('/a/b/c')).toBeUndefined();
    expect(await store.list('/a')).toBeUndefined();
    expect(await store.permissions('/a')).toBeUndefined();
    await expect(store.remove('/a')).resolves.toBeUndefined();
  });

  it('inherit permissions from above', async () => {
    const { store } = newHost();
    const permissions = [{ domid: 0, read: true, write: false }];
    await store.write([{ path: '/a', value: '', permissions }]);
    await store.write([{ path: '/a/b/c', value: '' }]);
    expect(await store.permissions('/a/b/c')).toEqual(permissions);
  });

  it('keep their children when they are written, and the order in which these came', async () => {
    const { store } = newHost();
    for (const name of ['z', 'a', 'm']) await store.write([{ path: `/t/${name}`, value: '' }]);
    await store.write([{ path: '/t', value: 'new' }]);
    expect(await store.list('/t')).toEqual(['z', 'a', 'm']);
  });

  it('are removed by a write of null', async () => {
    const { store } = newHost();
    await store.write([
      { path: '/a/b', value: '1' },
      { path: '/a', value: null },
      { path: '/gone', value: null },
    ]);
    expect(await store.read('/a')).toBeUndefined();
  });

  it('hold any text', async () => {
    const { store, simulator } = newHost();
    const texts = ['', 'ä€😀', '\u0000\u007f', '__proto__'];
    for (const value of texts) {
      await store.write([{ path: '/text', value }]);
      expect(await store.read('/text')).toBe(value);
      expect((await simulator.inspect()).store['/text']?.value).toBe(value);
    }
  });

  it('are refused where a message cannot hold them', async () => {
    const { store } = newHost();
    await expect(store.write([{ path: '/a', value: 'x'.repeat(4094) }])).rejects.toMatchObject({
      code: 'XENSTORE_TOO_BIG',
      errno: 'E2BIG',
      data: { path: '/a' },
    });
    await expect(store.write([{ path: '/a', value: 'x'.repeat(4093) }])).resolves.toBeUndefined();
  });

  it.each([
    '',
    'a',
    '//',
    '/a/',
    '/a//b',
    '/a b',
    '/a.b',
    '/ä',
    '/a\0',
    '/..',
    `/${'a'.repeat(3072)}`,
    '@releaseDomain',
  ])('are not named %j', async (path) => {
    const { store } = newHost();
    await expect(store.read(path)).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(store.write([{ path, value: '' }])).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it('include the root, which stays', async () => {
    const { store } = newHost();
    expect(await store.list('/')).toContain('local');
    await expect(store.remove('/')).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it('are not touched by an aborted request', async () => {
    const { store, simulator } = newHost();
    const before = await simulator.inspect();
    const signal = AbortSignal.abort();
    const refused = [
      store.write([{ path: '/a', value: '' }], { signal }),
      store.write([{ path: '/a', value: '' }], { signal, transaction: true }),
      store.remove('/local', { signal }),
      store.transaction(() => Promise.resolve(), { signal }),
    ];
    for (const answer of refused) await expect(answer).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await simulator.inspect()).toEqual(before);
  });
});

describe('a batch of writes', () => {
  it('is carried out up to the first refusal', async () => {
    const { store } = newHost();
    const writes = [
      { path: '/a', value: '1' },
      { path: '/bad/', value: '2' },
      { path: '/c', value: '3' },
    ];
    await expect(store.write(writes)).rejects.toMatchObject({ errno: 'EINVAL' });
    expect(await store.read('/a')).toBe('1');
    expect(await store.read('/c')).toBeUndefined();
  });

  it('is carried out wholly or not at all in a transaction', async () => {
    const { store, simulator } = newHost();
    const before = await simulator.inspect();
    const writes = [
      { path: '/a', value: '1' },
      { path: '/bad/', value: '2' },
    ];
    await expect(store.write(writes, { transaction: true })).rejects.toMatchObject({ errno: 'EINVAL' });
    expect(await simulator.inspect()).toEqual(before);
  });
});

describe('the store against a naive one', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  const act = fc.oneof(
    fc.record({ path, value: fc.constantFrom('', '1', '2') }),
    fc.record({ path, value: fc.constant(null) }),
  );

  it('holds the same after any changes, directly, in batches, or in transactions that commit or fail', async () => {
    const batch = fc.record({ acts: fc.array(act, { maxLength: 6 }), how: fc.constantFrom('plain', 'once', 'fails') });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 12 }), async (batches) => {
        const { store, simulator } = newHost();
        const fixed = (await simulator.inspect()).store;
        const naive = new Map<string, string>();
        for (const { acts, how } of batches) {
          if (how === 'plain') await store.write(acts);
          else {
            const work = store.transaction(async (transaction) => {
              const view = new Map(naive);
              for (const one of acts) {
                await transaction.write([one]);
                applyNaively(view, one);
                expect(await transaction.read(one.path)).toBe(view.get(one.path));
                const parent = one.path.slice(0, one.path.lastIndexOf('/')) || '/';
                const seen = await transaction.list(parent);
                if (parent !== '/') expect([...(seen ?? [])].sort()).toEqual(childrenOf(view, parent));
              }
              if (how === 'fails') throw new Error('on purpose');
            });
            if (how === 'fails') await expect(work).rejects.toThrow('on purpose');
            else await work;
          }
          if (how !== 'fails') for (const one of acts) applyNaively(naive, one);
          const held = Object.entries((await simulator.inspect()).store)
            .filter(([at]) => fixed[at] === undefined)
            .map(([at, { value }]) => [at, value]);
          expect(held).toEqual([...naive].sort(([a], [b]) => (a < b ? -1 : 1)));
        }
      }),
      { numRuns: 150 },
    );
  });
});

function applyNaively(naive: Map<string, string>, { path, value }: { path: string; value: string | null }): void {
  if (value === null) {
    for (const at of [...naive.keys()]) if (at === path || at.startsWith(`${path}/`)) naive.delete(at);
    return;
  }
  const parts = path.split('/').slice(1);
  for (let length = 1; length < parts.length; length += 1) {
    const above = `/${parts.slice(0, length).join('/')}`;
    if (!naive.has(above)) naive.set(above, '');
  }
  naive.set(path, value);
}

function childrenOf(naive: ReadonlyMap<string, string>, parent: string): string[] {
  return [...naive.keys()]
    .filter((path) => path.startsWith(`${parent}/`) && !path.slice(parent.length + 1).includes('/'))
    .map((path) => path.slice(parent.length + 1))
    .sort();
}
