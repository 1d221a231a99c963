import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ABI_TABLES, openLibraries } from '../../src/index.js';
import { chooseTable } from '../../src/library/libraries.js';
import { compileRecorder } from '../support/recorder.js';

describe('chooseTable', () => {
  it('gives the table of a version that was run', () => {
    expect(chooseTable({ major: 4, minor: 17 }, false, 'x64').version).toBe('4.17');
  });

  it('refuses a table that was never run, unless it is allowed', () => {
    expect(() => chooseTable({ major: 4, minor: 20 }, false, 'x64')).toThrow(
      expect.objectContaining({
        code: 'XEN_ABI_UNTESTED',
        message: 'the ABI table of Xen 4.20 was made from its headers, and never run',
        hint: expect.stringContaining('--allow-untested-abi'),
      }),
    );
    for (const { version } of ABI_TABLES) {
      const minor = Number(version.split('.')[1]);
      expect(chooseTable({ major: 4, minor }, true, 'x64').version).toBe(version);
    }
  });

  it.each([
    [4, 15],
    [4, 23],
    [5, 0],
  ])('refuses %i.%i by name, allowed or not', (major, minor) => {
    for (const allow of [false, true]) {
      expect(() => chooseTable({ major, minor }, allow, 'x64')).toThrow(
        expect.objectContaining({
          code: 'XEN_VERSION_UNKNOWN',
          message: expect.stringContaining(`Xen ${String(major)}.${String(minor)} is not known`),
          hint: 'use a Xen of 4.16 to 4.22, or a newer xen-image',
        }),
      );
    }
  });

  it('refuses an architecture without tables', () => {
    expect(() => chooseTable({ major: 4, minor: 17 }, true, 'arm64')).toThrow(
      expect.objectContaining({ code: 'XEN_ARCH_UNSUPPORTED' }),
    );
  });
});

describe('openLibraries', () => {
  let directory: string;
  beforeAll(() => {
    directory = compileRecorder();
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const version = { major: 4, minor: 17 };

  it('loads the libraries of the version, and says from where', async () => {
    const libraries = await openLibraries({ version, libraryDirectories: ['/nowhere', directory] });
    expect(libraries.files).toEqual(
      ['libxenctrl.so.4.17', 'libxenguest.so.4.17', 'libxentoollog.so.1', 'libxenforeignmemory.so.1'].map((name) =>
        join(directory, name),
      ),
    );
    expect(libraries.abi.version).toBe('4.17');
    expect(libraries.tested).toBe(true);
  });

  it('has what the libraries export and the table knows', async () => {
    const libraries = await openLibraries({ version, libraryDirectories: [directory] });
    expect(libraries.has('xc_domain_create')).toBe(true);
    expect(libraries.has('xc_domain_getinfo_single')).toBe(false);
    expect(() => libraries.bind('xc_domain_getinfo_single')).toThrow(
      expect.objectContaining({
        code: 'CALL_UNAVAILABLE',
        message: 'the libraries of Xen 4.17 have no xc_domain_getinfo_single',
      }),
    );
  });

  it('does not take the libraries of one version for those of another', async () => {
    const opening = openLibraries({
      version: { major: 4, minor: 16 },
      allowUntestedAbi: true,
      libraryDirectories: [directory],
    });
    await expect(opening).rejects.toMatchObject({
      code: 'LIBRARY_NOT_FOUND',
      message: expect.stringContaining('the libraries of Xen 4.16 cannot be loaded'),
      hint: expect.stringContaining('xen-utils-4.16'),
      said: expect.arrayContaining([expect.stringContaining(join(directory, 'libxenctrl.so.4.16'))]),
    });
  });
});
