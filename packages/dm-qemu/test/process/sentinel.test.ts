import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { removeSentinel, removeStaleSentinels } from '../../src/process/sentinel.js';
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
