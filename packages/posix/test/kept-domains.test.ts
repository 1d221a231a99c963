import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { KeptDomain } from '@xen-image/core';
import { createPosix, fileKeptDomains } from '../src/index.js';
import { temporaryDirectory } from './support/directory.js';

const at = temporaryDirectory();
const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';
const posix = createPosix();

function domain(change: Partial<KeptDomain> = {}): KeptDomain {
  const config = { name: 'web', uuid: change.uuid ?? UUID, display: { vnc: { password: 'secret' } } };
  return { uuid: UUID, profile: 'modern', config: config as never, restarts: [1, 2], state: 'runs', ...change };
}

const kept = () => fileKeptDomains(posix, { directory: at('run/domains') });

describe('domains kept in files', () => {
  it('are read as they were kept, also by another process', async () => {
    await kept().keep(domain());
    expect(await kept().read(UUID)).toEqual(domain());
    await kept().keep(domain({ state: 'restarting' }));
    expect((await kept().read(UUID))?.state).toBe('restarting');
    expect(await kept().list()).toEqual([domain({ state: 'restarting' })]);
  });

  it('are readable by their owner alone, whatever the umask', async () => {
    for (const umask of [0, 0o777]) {
      const before = process.umask(umask);
      try {
        await kept().keep(domain());
      } finally {
        process.umask(before);
      }
      expect(statSync(at(`run/domains/${UUID}.json`)).mode & 0o7777).toBe(0o600);
    }
    expect(statSync(at('run/domains')).mode & 0o7777).toBe(0o700);
  });

  it('are forgotten, and leave nothing', async () => {
    await kept().keep(domain());
    await kept().forget(UUID);
    await kept().forget(UUID);
    expect(await kept().read(UUID)).toBeUndefined();
    expect(readdirSync(at('run/domains'))).toEqual([]);
  });

  it('do not follow a link that was left where they are written', async () => {
    mkdirSync(at('run/domains'), { recursive: true, mode: 0o700 });
    writeFileSync(at('precious'), 'precious');
    symlinkSync(at('precious'), at(`run/domains/${UUID}.new`));
    symlinkSync(at('precious'), at(`run/domains/${UUID}.json`));
    await kept().keep(domain());
    expect(readFileSync(at('precious'), 'utf8')).toBe('precious');
    expect(await kept().read(UUID)).toEqual(domain());
  });

  it.each(['', '{', 'null', '{}', JSON.stringify(domain({ uuid: UUID.replace('6', '7') }))])(
    'are none where the file holds %j',
    async (text) => {
      mkdirSync(at('run/domains'), { recursive: true });
      writeFileSync(join(at('run/domains'), `${UUID}.json`), text);
      expect(await kept().read(UUID)).toBeUndefined();
      expect(await kept().list()).toEqual([]);
    },
  );

  it('are none where nothing was kept', async () => {
    expect(await kept().read(UUID)).toBeUndefined();
    expect(await kept().list()).toEqual([]);
  });

  it('take nothing but a uuid for a name', async () => {
    await expect(kept().read('../../etc/passwd')).rejects.toThrow(TypeError);
    await expect(kept().forget('../x')).rejects.toThrow(TypeError);
    await expect(kept().keep(domain({ uuid: '../x' }))).rejects.toThrow(TypeError);
    await expect(kept().tryLock('../x')).rejects.toThrow(TypeError);
  });

  it('give each right to one process at a time', async () => {
    const lock = await kept().tryLock(UUID);
    expect(await kept().tryLock(UUID)).toBeUndefined();
    const other = await kept().tryLock('supervisor');
    expect(other).toBeDefined();
    await lock?.release();
    expect(await kept().tryLock(UUID)).toBeDefined();
  });

  it('are an error with its errno where they cannot be written', async () => {
    writeFileSync(at('run'), 'a file');
    await expect(kept().keep(domain())).rejects.toMatchObject({ code: 'DOMAIN_KEEP_FAILED', errno: 'ENOTDIR' });
    chmodSync(at('run'), 0o600);
  });
});
