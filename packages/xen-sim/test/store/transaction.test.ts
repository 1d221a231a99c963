import { describe, expect, it } from '@jest/globals';
import { newHost } from '../support/host.js';

describe('a transaction', () => {
  it('sees its own changes, and nobody else does before it commits', async () => {
    const { store } = newHost();
    await store.transaction(async (transaction) => {
      await transaction.write([{ path: '/a', value: '1' }]);
      expect(await transaction.read('/a')).toBe('1');
      expect(await store.read('/a')).toBeUndefined();
    });
    expect(await store.read('/a')).toBe('1');
  });

  it('starts anew where another client changed what it had read', async () => {
    const { store } = newHost();
    await store.write([{ path: '/count', value: '0' }]);
    let tries = 0;
    await store.transaction(async (transaction) => {
      tries += 1;
      const count = Number(await transaction.read('/count'));
      if (tries === 1) await store.write([{ path: '/count', value: '10' }]);
      await transaction.write([{ path: '/count', value: String(count + 1) }]);
    });
    expect(tries).toBe(2);
    expect(await store.read('/count')).toBe('11');
  });

  it.each([
    ['made what was not there', '/new', 'x'],
    ['removed what was there', '/old', null],
  ])('starts anew where another client %s', async (_, path, value) => {
    const { store } = newHost();
    await store.write([{ path: '/old', value: '' }]);
    let tries = 0;
    await store.transaction(async (transaction) => {
      tries += 1;
      await transaction.read('/new');
      await transaction.read('/old');
      if (tries === 1) await store.write([{ path, value }]);
    });
    expect(tries).toBe(2);
  });

  it.each([
    ['got a child', '/list/b', '', ['a', 'b']],
    ['lost a child', '/list/a', null, []],
  ])('starts anew where a node that it listed %s', async (_, path, value, later) => {
    const { store } = newHost();
    await store.write([{ path: '/list/a', value: '' }]);
    const seen: (readonly string[] | undefined)[] = [];
    await store.transaction(async (transaction) => {
      seen.push(await transaction.list('/list'));
      if (seen.length === 1) await store.write([{ path, value }]);
    });
    expect(seen).toEqual([['a'], later]);
  });

  it('that removed a node does not remove what another client put below it meanwhile', async () => {
    const { store } = newHost();
    await store.write([{ path: '/a/b', value: '' }]);
    let tries = 0;
    const seen: unknown[] = [];
    await store.transaction(async (transaction) => {
      seen.push(await transaction.list('/a/b'));
      await transaction.remove('/a');
      if (tries++ === 0) await store.write([{ path: '/a/b/new', value: '' }]);
      expect(await transaction.list('/a')).toBeUndefined();
    });
    expect(seen).toEqual([[], ['new']]);
  });

  it('is not disturbed by a brother that another client makes', async () => {
    const { store } = newHost();
    await store.write([{ path: '/domains', value: '' }]);
    let tries = 0;
    await store.transaction(async (transaction) => {
      tries += 1;
      await transaction.write([{ path: '/domains/1', value: '' }]);
      await store.write([{ path: '/domains/2', value: '' }]);
    });
    expect(tries).toBe(1);
    expect(await store.list('/domains')).toEqual(['2', '1']);
  });

  it('gives up with EAGAIN where it is always disturbed', async () => {
    const { store } = newHost();
    let tries = 0;
    const work = store.transaction(async (transaction) => {
      await transaction.read('/a');
      await store.write([{ path: '/a', value: String(++tries) }]);
    });
    await expect(work).rejects.toMatchObject({ code: 'XENSTORE_AGAIN', errno: 'EAGAIN', call: 'TRANSACTION_END' });
    expect(tries).toBe(32);
  });

  it('is thrown away where its body fails, and the error passed on', async () => {
    const { store, simulator } = newHost();
    const before = await simulator.inspect();
    const failure = new Error('on purpose');
    const work = store.transaction(async (transaction) => {
      await transaction.write([{ path: '/a', value: '' }]);
      await transaction.remove('/local');
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await simulator.inspect()).toEqual(before);
  });

  it('makes a removed node anew without what was below it', async () => {
    const { store } = newHost();
    await store.write([{ path: '/a/old/deep', value: '1' }]);
    await store.transaction(async (transaction) => {
      await transaction.remove('/a');
      expect(await transaction.read('/a/old')).toBeUndefined();
      await transaction.write([{ path: '/a/new', value: '2' }]);
      expect(await transaction.list('/a')).toEqual(['new']);
    });
    expect(await store.list('/a')).toEqual(['new']);
    expect(await store.read('/a/old/deep')).toBeUndefined();
  });

  it('cannot be used when it is over', async () => {
    const { store } = newHost();
    const kept = await store.transaction((transaction) => Promise.resolve({ transaction }));
    await expect(kept.transaction.read('/')).rejects.toThrow(TypeError);
  });

  it('counts exactly, however many are at it at once', async () => {
    const { store } = newHost();
    await store.write([{ path: '/count', value: '0' }]);
    const add = () =>
      store.transaction(async (transaction) => {
        const count = Number(await transaction.read('/count'));
        await transaction.write([{ path: '/count', value: String(count + 1) }]);
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await store.read('/count')).toBe('20');
  });
});
