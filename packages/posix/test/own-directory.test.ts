import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createPosix, fileJournal, fileKeptDomains } from '../src/index.js';
import { makeOwnDirectory, requireOwnDirectory } from '../src/own-directory.js';
import { temporaryDirectory } from './support/directory.js';

const at = temporaryDirectory();
const posix = createPosix();
const UNSAFE = { code: 'FILE_UNSAFE' };
const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';
const asRoot = process.geteuid?.() === 0 ? it : it.skip;

describe('a directory of one’s own', () => {
  it.each([0, 0o777])('has mode 0700, and those made above it, by the umask %o', (umask) => {
    const before = process.umask(umask);
    try {
      makeOwnDirectory(at('a/b'));
    } finally {
      process.umask(before);
    }
    expect([at('a'), at('a/b')].map((path) => statSync(path).mode & 0o7777)).toEqual([0o700, 0o700]);
  });

  it('is no link, no file, and writable by nobody else', () => {
    mkdirSync(at('theirs'));
    symlinkSync(at('theirs'), at('link'));
    writeFileSync(at('file'), '');
    mkdirSync(at('open'));
    chmodSync(at('open'), 0o777);
    for (const name of ['link', 'file', 'open']) {
      expect(() => {
        requireOwnDirectory(at(name));
      }).toThrow(expect.objectContaining(UNSAFE));
    }
    requireOwnDirectory(at('absent'));
  });

  asRoot('is not another user’s', () => {
    mkdirSync(at('theirs'));
    chownSync(at('theirs'), 1234, 1234);
    expect(() => {
      makeOwnDirectory(at('theirs'));
    }).toThrow(/belongs to user 1234/);
  });
});

describe('what others could have planted', () => {
  it('is no journal: nothing is recovered from it, and nothing written', async () => {
    mkdirSync(at('journal'));
    chmodSync(at('journal'), 0o777);
    const entry = { id: UUID, bootId: 'this', operation: 'create', name: 'web', uuid: UUID, domid: 3, pending: [] };
    writeFileSync(join(at('journal'), `${UUID}.json`), JSON.stringify(entry));
    const journal = fileJournal(posix, { directory: at('journal'), bootId: 'this' });
    await expect(journal.abandoned()).rejects.toMatchObject(UNSAFE);
    await expect(journal.list()).rejects.toMatchObject(UNSAFE);
    await expect(journal.open({ operation: 'create', name: 'web', uuid: UUID })).rejects.toMatchObject(UNSAFE);
  });

  it('is no guest: none is started from it', async () => {
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('domains'));
    const kept = fileKeptDomains(posix, { directory: at('domains') });
    await expect(kept.list()).rejects.toMatchObject(UNSAFE);
    await expect(kept.read(UUID)).rejects.toMatchObject(UNSAFE);
    await expect(kept.tryLock('supervisor')).rejects.toMatchObject(UNSAFE);
  });
});
