import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requireTrusted } from '../../src/plugins/trust.js';

const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe('the way to a file whose code is run', () => {
  const work = mkdtempSync(join(tmpdir(), 'xen-image-trust-'));
  afterAll(() => {
    rmSync(work, { recursive: true });
  });

  /** A file in a directory of its own with this mode. */
  function fileIn(name: string, mode: number): string {
    const directory = join(work, name);
    mkdirSync(directory);
    const file = join(directory, 'xen-image.config.js');
    writeFileSync(file, '', { mode: 0o644 });
    chmodSync(directory, mode);
    return file;
  }

  it('goes through directories that others cannot write, or in which they cannot replace it', () => {
    requireTrusted(fileIn('own', 0o755));
    requireTrusted(fileIn('sticky', 0o1777));
  });

  it('is refused where everybody could put another file there', () => {
    const file = fileIn('open', 0o777);
    expect(() => {
      requireTrusted(file);
    }).toThrow(
      expect.objectContaining({ code: 'PLUGIN_UNSAFE', message: expect.stringContaining('everybody can write it') }),
    );
    // A link from a place that is safe leads there all the same.
    const link = join(work, 'link.js');
    symlinkSync(file, link);
    expect(() => {
      requireTrusted(link);
    }).toThrow(/open/);
  });

  asRoot('is refused where another user owns the directory, or made the link to a file of root', () => {
    const file = fileIn('theirs', 0o755);
    chownSync(join(work, 'theirs'), 1234, 1234);
    expect(() => {
      requireTrusted(file);
    }).toThrow(/belongs to the user with the number 1234/);
    const link = join(work, 'planted.js');
    symlinkSync(fileIn('roots', 0o755), link);
    requireTrusted(link);
    lchownSync(link, 1234, 1234);
    expect(() => {
      requireTrusted(link);
    }).toThrow(/the link .*planted\.js belongs to the user with the number 1234/);
  });

  it('is refused where a directory on the way is a link that stands where everybody could put another', () => {
    const file = fileIn('target', 0o755);
    fileIn('passing', 0o777);
    symlinkSync(join(work, 'target'), join(work, 'passing/on'));
    symlinkSync(join(work, 'passing/on'), join(work, 'to'));
    requireTrusted(file);
    expect(() => {
      requireTrusted(join(work, 'to/xen-image.config.js'));
    }).toThrow(/of its directory .*passing, everybody can write it/);
  });

  asRoot('is refused where another user made a link on the way, though only they can replace it', () => {
    fileIn('safe', 0o755);
    const link = join(work, 'theirs-too');
    symlinkSync(join(work, 'safe'), link);
    requireTrusted(join(link, 'xen-image.config.js'));
    lchownSync(link, 1234, 1234);
    expect(() => {
      requireTrusted(join(link, 'xen-image.config.js'));
    }).toThrow(/the link .*theirs-too belongs to the user with the number 1234/);
  });

  it('ends where links lead in a circle', () => {
    symlinkSync(join(work, 'one'), join(work, 'other'));
    symlinkSync(join(work, 'other'), join(work, 'one'));
    expect(() => {
      requireTrusted(join(work, 'one/file'));
    }).toThrow(/too many links/);
  });
});
