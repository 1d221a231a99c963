import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openForeign } from '@xen-image/ffi';
import { openLibraries, runningVersion } from '../../src/index.js';
import { unpackVersion } from '../../src/library/version.js';

describe('runningVersion', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xen-image-sys-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const show = (type: string, major: string, minor: string): void => {
    mkdirSync(join(directory, 'version'));
    writeFileSync(join(directory, 'type'), `${type}\n`);
    writeFileSync(join(directory, 'version/major'), `${major}\n`);
    writeFileSync(join(directory, 'version/minor'), `${minor}\n`);
  };
  const noForeign = (): never => {
    throw new Error('nothing native is needed for this');
  };

  it('reads what Linux shows, without loading anything', async () => {
    show('xen', '4', '17');
    expect(await runningVersion(noForeign, directory)).toEqual({ major: 4, minor: 17 });
  });

  it('says that this is not Xen', async () => {
    await expect(runningVersion(openForeign, join(directory, 'absent'))).rejects.toMatchObject({
      code: 'XEN_NOT_RUNNING',
    });
    show('kvm', '4', '17');
    await expect(runningVersion(openForeign, directory)).rejects.toMatchObject({ code: 'XEN_NOT_RUNNING' });
    await expect(openLibraries({ sysHypervisor: directory })).rejects.toMatchObject({ code: 'XEN_NOT_RUNNING' });
  });

  it('does not believe what is no number', async () => {
    show('xen', '4', 'seventeen');
    await expect(runningVersion(openForeign, directory)).rejects.toMatchObject({ code: 'XEN_NOT_RUNNING' });
  });
});

describe('unpackVersion', () => {
  it('splits what XENVER_version answers', () => {
    expect(unpackVersion(0x0004_0011)).toEqual({ major: 4, minor: 17 });
  });
});
