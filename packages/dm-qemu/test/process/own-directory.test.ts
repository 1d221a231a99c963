import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownDirectory } from '../../src/process/own-directory.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-own-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('a directory of our own', () => {
  it.each([0, 0o77, 0o777])('is made with its parents, of exactly its mode under umask %o', async (umask) => {
    const before = process.umask(umask);
    try {
      await ownDirectory(join(directory, 'a/b'), 0o700);
    } finally {
      process.umask(before);
    }
    for (const path of ['a', 'a/b']) expect(statSync(join(directory, path)).mode & 0o7777).toBe(0o700);
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
  });

  it('is refused where others may write to it', async () => {
    mkdirSync(join(directory, 'open'));
    chmodSync(join(directory, 'open'), 0o777);
    await expect(ownDirectory(join(directory, 'open'), 0o700)).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is refused where it is a link to one', async () => {
    symlinkSync(directory, join(directory, 'link'));
    await expect(ownDirectory(join(directory, 'link'), 0o700)).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is refused where another user owns it', async () => {
    mkdirSync(join(directory, 'theirs'));
    if (process.geteuid?.() === 0) {
      chownSync(join(directory, 'theirs'), 65534, 65534);
      await expect(ownDirectory(join(directory, 'theirs'), 0o700)).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
    } else await expect(ownDirectory('/', 0o700)).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is an error with its errno where it cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(ownDirectory(join(directory, 'file/x'), 0o700)).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
      errno: 'ENOTDIR',
    });
  });
});
