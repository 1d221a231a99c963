import { execFileSync } from 'node:child_process';
import { chownSync, linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { openFifoForBoth, openFifoForReading, openRegularFile } from '../src/index.js';
import { temporaryDirectory } from './support/directory.js';

const asRoot = process.geteuid?.() === 0;

describe('openRegularFile', () => {
  const path = temporaryDirectory();
  const open = (name: string, truncate = true) => openRegularFile(path(name), { truncate, mode: 0o640 });

  it('makes a file of the mode less umask', async () => {
    const before = process.umask(0o027);
    try {
      await (await openRegularFile(path('log'), { truncate: true, mode: 0o666 })).close();
    } finally {
      process.umask(before);
    }
    expect(lstatSync(path('log')).mode & 0o7777).toBe(0o640);
  });

  it('appends, or begins anew', async () => {
    writeFileSync(path('log'), 'old\n');
    const appending = await open('log', false);
    await appending.writeFile('new\n');
    await appending.close();
    expect(readFileSync(path('log'), 'utf8')).toBe('old\nnew\n');
    await (await open('log', true)).close();
    expect(readFileSync(path('log'), 'utf8')).toBe('');
  });

  it('does not follow a symbolic link, dangling or not', async () => {
    writeFileSync(path('target'), 'kept');
    symlinkSync(path('target'), path('link'));
    symlinkSync(path('nowhere'), path('dangling'));
    await expect(open('link')).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED', errno: 'ELOOP' });
    await expect(open('dangling')).rejects.toMatchObject({ errno: 'ELOOP' });
    expect(readFileSync(path('target'), 'utf8')).toBe('kept');
    expect(() => lstatSync(path('nowhere'))).toThrow();
  });

  it('refuses a hard link and leaves what it names as it is', async () => {
    writeFileSync(path('target'), 'kept');
    linkSync(path('target'), path('link'));
    await expect(open('link')).rejects.toMatchObject({
      code: 'FILE_UNSAFE',
      message: `${path('link')} has more than one name (hard links)`,
    });
    expect(readFileSync(path('target'), 'utf8')).toBe('kept');
  });

  it('refuses pipes, directories and devices without waiting for anyone', async () => {
    execFileSync('mkfifo', [path('pipe')]);
    mkdirSync(path('directory'));
    symlinkSync('/dev/null', path('null'));
    await expect(open('pipe')).rejects.toMatchObject({ errno: 'ENXIO' });
    await expect(open('directory')).rejects.toMatchObject({ errno: 'EISDIR' });
    await expect(open('null')).rejects.toMatchObject({ errno: 'ELOOP' });
    await expect(openRegularFile('/dev/null', { truncate: true, mode: 0o600 })).rejects.toMatchObject({
      code: 'FILE_UNSAFE',
    });
  });

  (asRoot ? it : it.skip)("refuses another user's file (only root can try it)", async () => {
    writeFileSync(path('theirs'), 'kept');
    chownSync(path('theirs'), 12_345, 12_345);
    // In a sticky directory the kernel itself may refuse first (fs.protected_regular).
    await expect(open('theirs')).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
    expect(readFileSync(path('theirs'), 'utf8')).toBe('kept');
  });
});

describe('openFifoForReading and openFifoForBoth', () => {
  const path = temporaryDirectory();

  it('open a named pipe without waiting for its other end', async () => {
    execFileSync('mkfifo', ['-m', '600', path('pipe')]);
    const both = await openFifoForBoth(path('pipe'));
    const reading = await openFifoForReading(path('pipe'));
    await both.write('x');
    expect((await reading.read(Buffer.alloc(4), 0, 4)).bytesRead).toBe(1);
    await both.close();
    // Every writing end is closed: end of file.
    expect((await reading.read(Buffer.alloc(4), 0, 4)).bytesRead).toBe(0);
    await reading.close();
  });

  it('refuse what is no pipe, a link to one, and a pipe of two names', async () => {
    writeFileSync(path('file'), '');
    execFileSync('mkfifo', [path('pipe')]);
    symlinkSync(path('pipe'), path('link'));
    await expect(openFifoForReading(path('file'))).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
    await expect(openFifoForReading(path('link'))).rejects.toMatchObject({ errno: 'ELOOP' });
    await expect(openFifoForBoth(path('absent'))).rejects.toMatchObject({ errno: 'ENOENT' });
    linkSync(path('pipe'), path('second'));
    await expect(openFifoForBoth(path('pipe'))).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
  });
});
