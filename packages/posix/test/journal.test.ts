import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
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

  it.each([
    ['EACCES', /^Run as root/],
    ['ENOSPC', /room on its file system/],
  ])('says what to do where it fails with %s', async (errno, hint) => {
    const failing = {
      ...posix,
      tryLock: () => Promise.reject(Object.assign(new Error(`${errno}: open`), { code: errno })),
    };
    const refused = fileJournal(failing, { directory: path('journal'), bootId: 'this-boot' }).open(begun);
    await expect(refused).rejects.toMatchObject({ code: 'JOURNAL_FAILED', errno, hint: expect.stringMatching(hint) });
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
    writeFileSync(path('file'), '');
    const below = fileJournal(posix, { directory: path('file/journal'), bootId: 'this-boot' });
    await expect(below.open(begun)).rejects.toMatchObject({ code: 'JOURNAL_FAILED', errno: 'ENOTDIR' });
  });

  /**
   * Runs a body in a process whose files cannot grow beyond a size: what is written is cut off there, as on a full disk. It
   * has `journal`, `begun` and `limit(sizeBytes)`; answers what it returns.
   */
  const withLimitedFiles = (body: string): unknown => {
    const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist/index.js');
    const program = `
      import { readFileSync, readdirSync } from 'node:fs';
      const { createPosix, fileJournal } = await import(${JSON.stringify(dist)});
      const posix = createPosix();
      const directory = ${JSON.stringify(path('journal'))};
      const journal = fileJournal(posix, { directory, bootId: 'this-boot' });
      const begun = ${JSON.stringify(begun)};
      process.on('SIGXFSZ', () => undefined);
      const limit = (soft) => posix.resourceLimits(process.pid, 'fsize', { soft, hard: null });
      const fails = (work) => work.then(() => 'no failure', ({ code, errno }) => code + ' ' + errno);
      const answer = await (async () => { ${body} })();
      await limit(null);
      process.stdout.write(JSON.stringify(answer));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  };

  it('leaves no file where the disk is full when an operation begins', async () => {
    const answer = withLimitedFiles(`
      await limit(20);
      return [await fails(journal.open(begun)), readdirSync(directory)];
    `);
    expect(answer).toEqual(['JOURNAL_FAILED EFBIG', []]);
    expect(await journal().abandoned()).toEqual([]);
  });

  it('keeps what an entry said before where the disk is full, and forgets it when it is closed', () => {
    const answer = withLimitedFiles(`
      const entry = await journal.open(begun);
      await entry.update({ domid: 7 });
      const [{ id }] = await journal.list();
      const text = () => readFileSync(directory + '/' + id + '.json', 'utf8');
      const before = text();
      await limit(before.length + 20);
      const failure = await fails(entry.update({ pending: ['all'] }));
      const kept = text() === before;
      const [said] = await journal.list();
      await limit(null);
      await entry.update({ pending: ['some'] });
      const [after] = await journal.list();
      await entry.close();
      return { failure, kept, said: said.pending, after: [after.domid, after.pending], left: readdirSync(directory) };
    `);
    expect(answer).toEqual({
      failure: 'JOURNAL_FAILED EFBIG',
      kept: true,
      said: [],
      after: [7, ['some']],
      left: [],
    });
  });

  it('says what was last written whole where its owner was cut off while it wrote, and can be written on', async () => {
    const first = await journal().open(begun);
    await first.update({ domid: 7 });
    const [{ id } = { id: '' }] = await journal().list();
    await first.leave();
    appendFileSync(join(path('journal'), `${id}.json`), `{"id":"${id}","domid":8,"pend`);
    const [found] = await journal().abandoned();
    expect(found?.record).toMatchObject({ ...begun, domid: 7, pending: [] });
    await found?.entry.update({ pending: ['destroy domain'] });
    expect(await journal().list()).toMatchObject([{ domid: 7, pending: ['destroy domain'] }]);
    await found?.entry.close();
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
  });
});
