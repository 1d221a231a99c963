import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Posix } from '@xen-image/core';
import { createPosix, fileJournal } from '../src/index.js';
import { temporaryDirectory } from './support/directory.js';

const posix = createPosix();
const begun = { operation: 'create', name: 'web', uuid: '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01' } as const;

describe('the journal of files', () => {
  const path = temporaryDirectory();
  const journal = (bootId = 'this-boot') => fileJournal(posix, { directory: path('journal'), bootId });

  it('shows an operation under way, and nothing once it is over', async () => {
    const entry = await journal().open(begun);
    await entry.update({ domid: 7, pending: ['destroy domain'] });
    expect(await journal().list()).toMatchObject([{ ...begun, domid: 7, pending: ['destroy domain'] }]);
    await entry.close();
    expect(await journal().list()).toEqual([]);
    expect(readdirSync(path('journal'))).toEqual([]);
  });

  it('does not give away an entry whose owner lives', async () => {
    const entry = await journal().open(begun);
    expect(await journal().abandoned()).toEqual([]);
    await entry.close();
  });

  it('has no entry whose process was killed before it was written, and removes its lock', async () => {
    await (await journal().open({ operation: 'create', name: 'web', uuid: 'u' })).close();
    writeFileSync(path('journal/141ca57e-757e-40e5-8b0e-ca089ed5ed2c.lock'), '');
    expect(await journal().list()).toEqual([]);
    expect(await journal().abandoned()).toEqual([]);
    expect(readdirSync(path('journal'))).toEqual([]);
  });

  it('gives an entry that was left to one recoverer alone', async () => {
    const entry = await journal().open(begun);
    await entry.update({ pending: ['stop device model'] });
    await entry.leave();
    const found = await journal().abandoned();
    expect(found.map(({ record }) => record.pending)).toEqual([['stop device model']]);
    expect(await journal().abandoned()).toEqual([]);
    await found[0]?.entry.close();
    expect(readdirSync(path('journal'))).toEqual([]);
  });

  it('drops entries of an earlier boot without showing them', async () => {
    await (await journal('earlier').open(begun)).leave();
    expect(await journal().list()).toEqual([]);
    expect(await journal().abandoned()).toEqual([]);
    expect(readdirSync(path('journal'))).toEqual([]);
  });

  it.each(['', '{', '[]', '{"id":1}', 'null'])('does not trip over a file that says %j', async (text) => {
    mkdirSync(path('journal'));
    writeFileSync(join(path('journal'), '00000000-0000-4000-8000-000000000000.json'), text);
    expect(await journal().list()).toEqual([]);
    expect(await journal().abandoned()).toEqual([]);
  });

  it('tells what keeps it from being written', async () => {
    writeFileSync(path('journal'), 'a file');
    await expect(journal().open(begun)).rejects.toMatchObject({ code: 'JOURNAL_FAILED', errno: 'EEXIST' });
  });

  it('leaves no file where the disk is full when an operation begins', async () => {
    // The draft of an entry goes to a device that is always full.
    const onFullDisk: Posix = {
      ...posix,
      tryLock: (lockPath) => {
        symlinkSync('/dev/full', lockPath.replace(/lock$/, 'new'));
        return posix.tryLock(lockPath);
      },
    };
    const full = fileJournal(onFullDisk, { directory: path('journal'), bootId: 'this-boot' });
    await expect(full.open(begun)).rejects.toMatchObject({ code: 'JOURNAL_FAILED', errno: 'ENOSPC' });
    expect(readdirSync(path('journal'))).toEqual([]);
    expect(await journal().abandoned()).toEqual([]);
  });

  it('keeps what an entry said before where the disk is full, and forgets it when it is closed', async () => {
    const entry = await journal().open(begun);
    await entry.update({ domid: 7 });
    const [{ id } = { id: '' }] = await journal().list();
    symlinkSync('/dev/full', join(path('journal'), `${id}.new`));
    await expect(entry.update({ pending: ['all'] })).rejects.toMatchObject({ code: 'JOURNAL_FAILED', errno: 'ENOSPC' });
    expect(await journal().list()).toMatchObject([{ domid: 7, pending: [] }]);
    await entry.close();
    expect(readdirSync(path('journal'))).toEqual([]);
  });

  it('gives away the entry of a process that was killed, and only then', async () => {
    const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist/index.js');
    const program = `
      const { createPosix, fileJournal } = await import(${JSON.stringify(dist)});
      const journal = fileJournal(createPosix(), { directory: ${JSON.stringify(path('journal'))}, bootId: 'this-boot' });
      const entry = await journal.open(${JSON.stringify(begun)});
      await entry.update({ domid: 9 });
      console.log('open');
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(await journal().list()).toMatchObject([{ domid: 9 }]);
    expect(await journal().abandoned()).toEqual([]);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect((await journal().abandoned()).map(({ record }) => record.domid)).toEqual([9]);
  }, 20_000);
});
