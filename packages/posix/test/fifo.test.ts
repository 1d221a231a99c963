import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { temporaryDirectory } from './support/directory.js';
import { IMPLEMENTATIONS } from './support/implementations.js';

describe.each(IMPLEMENTATIONS)('mkfifo (%s)', (_name, posix) => {
  const path = temporaryDirectory();

  it.each([0o600, 0o666, 0o777, 0o640])('makes a pipe of mode %o whatever the umask', async (mode) => {
    const before = process.umask(0o077);
    try {
      await posix.mkfifo(path('pipe'), mode);
    } finally {
      process.umask(before);
    }
    const stats = lstatSync(path('pipe'));
    expect(stats.isFIFO()).toBe(true);
    expect(stats.mode & 0o7777).toBe(mode);
  });

  it('fails where something has the name, a dangling link included', async () => {
    writeFileSync(path('file'), 'kept');
    symlinkSync(path('elsewhere'), path('link'));
    for (const name of ['file', 'link']) {
      await expect(posix.mkfifo(path(name), 0o600)).rejects.toMatchObject({
        code: 'SYSTEM_CALL_FAILED',
        call: 'mkfifo',
        errno: 'EEXIST',
        data: { path: path(name) },
      });
    }
    expect(readFileSync(path('file'), 'utf8')).toBe('kept');
    expect(() => lstatSync(path('elsewhere'))).toThrow();
  });

  it('fails with the errno of a directory that is not there', async () => {
    await expect(posix.mkfifo(path('no/pipe'), 0o600)).rejects.toMatchObject({ errno: 'ENOENT' });
  });

  it('refuses a path that C would cut short', async () => {
    await expect(posix.mkfifo(path('pipe\0.safe'), 0o600)).rejects.toThrow(TypeError);
  });
});
