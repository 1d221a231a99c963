import { closeSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openForChild, openHeld, removeSentinel, removeStaleSentinels } from '../../src/process/sentinel.js';
import { machine, posix } from '../support/machine.js';

describe('stale sentinels', () => {
  it('are removed though one of them cannot be', async () => {
    const { places, sentinels } = await machine();
    const directory = places.sentinelDirectory;
    mkdirSync(directory, { mode: 0o700 });
    const names = ['dm-1-1.fifo', 'dm-2-1.fifo', 'dm-3-1.fifo'];
    for (const name of names) {
      await posix.mkfifo(join(directory, name), 0o600);
      utimesSync(join(directory, name), 1, 1);
    }
    const stuck = join(directory, 'dm-2-1.fifo');
    const removed = await removeStaleSentinels(
      directory,
      () => Promise.resolve(new Set<string>()),
      (path) => (path === stuck ? Promise.reject(new Error('EPERM')) : removeSentinel(path)),
    );
    expect(sentinels()).toEqual(['dm-2-1.fifo']);
    expect(removed.sort()).toEqual([join(directory, 'dm-1-1.fifo'), join(directory, 'dm-3-1.fifo')]);
  });
});

describe('a sentinel', () => {
  it('stays open where a process holds it, and nowhere else', async () => {
    const { directory } = await machine();
    const path = join(directory, 'dm-1-1.fifo');
    await posix.mkfifo(path, 0o600);
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    expect(openHeld(path)).toBeUndefined();
    const broken = (): boolean => {
      throw Object.assign(new Error('broken'), { code: 'EIO' });
    };
    expect(() => openHeld(path, broken)).toThrow('broken');
    expect(open()).toBe(before);
    const ends = openForChild(path);
    const fd = openHeld(path);
    expect(fd).toBeGreaterThan(2);
    closeSync(fd ?? -1);
    ends.close();
  });
});
