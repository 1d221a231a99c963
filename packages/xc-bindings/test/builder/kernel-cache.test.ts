import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kernelCache, type KernelCache } from '../../src/builder/kernel-cache.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-kernels-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

let written = 0;
function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  // Two writes may fall into one tick of the file system's clock.
  utimesSync(path, ++written, written);
  return path;
}

const unpacked = (text: string) => Buffer.from(text);

/** Loads a file; answers what was handed over, `null` where it had to be unpacked. */
async function load(cache: KernelCache, path: string, kernel?: Buffer): Promise<string | null> {
  let kept: Buffer | undefined;
  await cache.load(path, (found) => {
    kept = found;
    return Promise.resolve(found === undefined ? kernel : undefined);
  });
  return kept?.toString() ?? null;
}

describe('the cache of kernels', () => {
  it('hands over what was unpacked before, also for the same content under another name', async () => {
    const cache = kernelCache();
    const path = file('vmlinuz', 'a packed one');
    expect(await load(cache, path, unpacked('kernel'))).toBeNull();
    expect(await load(cache, path)).toBe('kernel');
    expect(await load(cache, file('copy', 'a packed one'))).toBe('kernel');
  });

  it('takes a file that was replaced for another kernel', async () => {
    const cache = kernelCache();
    const path = file('vmlinuz', 'packed');
    await load(cache, path, unpacked('kernel'));
    file('vmlinuz', 'picked');
    expect(await load(cache, path, unpacked('other'))).toBeNull();
    expect(await load(cache, path)).toBe('other');
  });

  it('knows a kernel that is just its file by that file, whose content it does not look at', async () => {
    const cache = kernelCache();
    const path = file('unikernel', 'kernel');
    expect(await load(cache, path, unpacked('kernel'))).toBeNull();
    expect(await load(cache, path)).toBe('kernel');
    expect(await load(cache, file('copy', 'kernel'), unpacked('kernel'))).toBeNull();
    file('unikernel', 'lenrek');
    expect(await load(cache, path, unpacked('lenrek'))).toBeNull();
    expect(await load(cache, path)).toBe('lenrek');
  });

  it('keeps no more than its limit, the latest used', async () => {
    const cache = kernelCache(8);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => file(name, name)) as [string, string, string];
    await load(cache, a, unpacked('aaaa'));
    await load(cache, b, unpacked('bbbb'));
    await load(cache, a);
    await load(cache, c, unpacked('cccc'));
    expect(await load(cache, a)).toBe('aaaa');
    expect(await load(cache, b, unpacked('bbbb'))).toBeNull();
    expect(await load(cache, file('large', 'large'), unpacked('more than eight'))).toBeNull();
    expect(await load(cache, join(directory, 'large'))).toBeNull();
  });

  it('unpacks once for ten at once', async () => {
    const cache = kernelCache();
    const path = file('vmlinuz', 'packed');
    const seen: (string | null)[] = [];
    const one = () =>
      cache.load(path, async (kept) => {
        seen.push(kept?.toString() ?? null);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return kept === undefined ? unpacked('kernel') : undefined;
      });
    await Promise.all(Array.from({ length: 10 }, one));
    expect(seen.filter((kept) => kept === null)).toHaveLength(1);
    expect(seen.filter((kept) => kept === 'kernel')).toHaveLength(9);
  });

  it('lets the next one unpack where the first fails, whose error it keeps to itself', async () => {
    const cache = kernelCache();
    const path = file('vmlinuz', 'packed');
    let tries = 0;
    const one = () =>
      cache.load(path, async (kept) => {
        if (kept !== undefined) return undefined;
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (tries++ === 0) throw new Error('no memory');
        return unpacked('kernel');
      });
    const settled = await Promise.allSettled([one(), one(), one()]);
    // Which of them is the first to have looked at the file is up to the threads that look.
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(tries).toBe(2);
  });

  it('lets nobody wait for a kernel that is known to be unpacked', async () => {
    const cache = kernelCache();
    const path = file('vmlinux', 'unpacked');
    await load(cache, path);
    let under = 0;
    let meet: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (meet = resolve));
    // Each goes on once all of them are there.
    const one = () =>
      cache.load(path, async () => {
        if (++under === 3) meet();
        await all;
        return undefined;
      });
    await Promise.all([one(), one(), one()]);
    expect(under).toBe(3);
  });

  it('leaves a file that is not there to whoever reads it', async () => {
    const missing = kernelCache().load(join(directory, 'none'), () => Promise.reject(new Error('cannot open it')));
    await expect(missing).rejects.toThrow('cannot open it');
  });
});
