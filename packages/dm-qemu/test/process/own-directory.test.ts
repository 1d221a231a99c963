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

/** What taking a directory for our own fails with. */
function failure(path: string): unknown {
  try {
    ownDirectory(path, 0o700);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a directory of our own', () => {
  it.each([0, 0o77, 0o777])('is made with its parents, of exactly its mode under umask %o', (umask) => {
    const before = process.umask(umask);
    try {
      ownDirectory(join(directory, 'a/b'), 0o700);
    } finally {
      process.umask(before);
    }
    for (const path of ['a', 'a/b']) expect(statSync(join(directory, path)).mode & 0o7777).toBe(0o700);
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
  });

  it('is refused where others may write to it', () => {
    mkdirSync(join(directory, 'open'));
    chmodSync(join(directory, 'open'), 0o777);
    expect(failure(join(directory, 'open'))).toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is refused where it is a link to one', () => {
    symlinkSync(directory, join(directory, 'link'));
    expect(failure(join(directory, 'link'))).toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is refused where another user owns it', () => {
    mkdirSync(join(directory, 'theirs'));
    if (process.geteuid?.() === 0) {
      chownSync(join(directory, 'theirs'), 65534, 65534);
      expect(failure(join(directory, 'theirs'))).toMatchObject({ code: 'FILE_UNSAFE' });
    } else expect(failure('/')).toMatchObject({ code: 'FILE_UNSAFE' });
  });

  it('is an error with its errno where it cannot be made', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(failure(join(directory, 'file/x'))).toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
      errno: 'ENOTDIR',
    });
  });
});
