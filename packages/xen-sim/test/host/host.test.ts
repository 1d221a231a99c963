import { mkdtemp, rm, writeFile, mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recognise } from '../../src/host/real-files.js';
import { openSimulator, settingsFromFacts } from '../../src/index.js';
import { drive, newHost } from '../support/host.js';

describe('the facts of a simulated host', () => {
  it('are those of a Debian host with Xen 4.17 where nothing else is said', async () => {
    const { host } = newHost();
    const facts = await host.facts();
    expect(facts).toMatchObject({
      arch: 'x86',
      hypervisor: { version: '4.17', hap: true },
      totalMemoryKib: 16 * 1024 * 1024,
      cpus: 4,
      bridges: ['xenbr0'],
    });
    expect(await host.capabilities()).toBe(facts.hypervisor.capabilities);
    expect(facts.hypervisor.capabilities).toContain('hvm-3.0-x86_64');
    expect(Math.abs(facts.clock.nowEpochSeconds - Date.now() / 1000)).toBeLessThan(5);
  });

  it('are those that were asked for', async () => {
    const clock = { nowEpochSeconds: 7, zoneOffsetSeconds: 3600 };
    const { host } = drive(
      openSimulator({
        host: {
          arch: 'ia64',
          version: '3.4',
          capabilities: 'xen-3.0-ia64',
          memoryKib: 4_194_304,
          cpus: 2,
          clock,
          bridges: [],
          options: { vncListen: '0.0.0.0' },
        },
      }),
    );
    expect(await host.facts()).toMatchObject({
      arch: 'ia64',
      hypervisor: { version: '3.4', capabilities: 'xen-3.0-ia64', hap: false },
      totalMemoryKib: 4_194_304,
      cpus: 2,
      clock,
      bridges: [],
      options: { vncListen: '0.0.0.0', defaultBridge: 'xenbr0' },
    });
  });

  it('make a host like the one that they were gathered on', async () => {
    const { host } = drive(openSimulator({ host: { cpus: 9, hap: false, version: '4.19', memoryKib: 8_388_608 } }));
    const facts = await host.facts();
    const again = drive(openSimulator({ host: settingsFromFacts(facts) }));
    expect(await again.host.facts()).toEqual(facts);
    const unknown = { ...facts, hypervisor: { ...facts.hypervisor, version: null }, cpus: null, totalMemoryKib: null };
    expect(await drive(openSimulator({ host: settingsFromFacts(unknown) })).host.facts()).toMatchObject({
      hypervisor: { version: '4.17', hap: false },
      cpus: 4,
    });
  });

  it('refuse a host that is smaller than its own domain 0', () => {
    expect(() => openSimulator({ host: { memoryKib: 1024 } })).toThrow(TypeError);
  });
});

describe('given files', () => {
  it('are there, of their kinds, and go when they are removed', async () => {
    const { host } = newHost({ files: { '/file': 'file', '/dir': 'directory', '/dev': 'other' } });
    expect(await host.pathKind('/file')).toBe('file');
    expect(await host.pathKind('/dir')).toBe('directory');
    expect(await host.pathKind('/dev')).toBe('other');
    expect(await host.pathKind('/none')).toBe('absent');
    await host.removeFile('/file');
    expect(await host.pathKind('/file')).toBe('absent');
    for (const [path, errno] of [
      ['/file', 'ENOENT'],
      ['/dir', 'EISDIR'],
    ] as const) {
      await expect(host.removeFile(path)).rejects.toMatchObject({ code: 'FILE_REMOVE_FAILED', errno });
    }
  });
});

describe('real files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'xen-sim-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('are looked at on this machine, links followed', async () => {
    const { host } = drive(openSimulator());
    await writeFile(join(directory, 'file'), 'x');
    await mkdir(join(directory, 'dir'));
    await symlink(join(directory, 'file'), join(directory, 'link'));
    await symlink(join(directory, 'nowhere'), join(directory, 'dangling'));
    const kinds = ['file', 'dir', 'link', 'dangling', 'none', 'file/below'].map((name) =>
      host.pathKind(join(directory, name)),
    );
    expect(await Promise.all(kinds)).toEqual(['file', 'directory', 'file', 'absent', 'absent', 'absent']);
    expect(await host.pathKind('/dev/null')).toBe('other');
    expect(await host.pathKind('/a\0b')).toBe('absent');
    await host.removeFile(join(directory, 'file'));
    await expect(host.removeFile(join(directory, 'file'))).rejects.toMatchObject({ errno: 'ENOENT' });
  });

  it('are joined by the programs of the simulated host, which need not be on this machine', async () => {
    const { host } = drive(openSimulator({ host: { options: { hvmloader: '/nowhere/hvmloader' } } }));
    expect(await host.pathKind('/nowhere/hvmloader')).toBe('file');
    expect(await host.pathKind('/nowhere')).toBe('absent');
  });

  it('are kernels by what they begin with', () => {
    const bzImage = Buffer.alloc(0x206);
    bzImage.write('HdrS', 0x202);
    expect(recognise(bzImage)).toBe('bzimage');
    expect(recognise(Buffer.from('\x7fELF\x02\x01', 'latin1'))).toBe('elf');
    expect(recognise(Buffer.from([0x1f, 0x8b, 8]))).toBe('gzip');
    expect(recognise(Buffer.from('#!/bin/sh'))).toBe('unknown');
    expect(recognise(Buffer.alloc(0))).toBe('unknown');
  });
});
