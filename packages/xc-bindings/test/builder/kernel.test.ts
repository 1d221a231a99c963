import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ResolvedBuildSpec } from '@xen-image/core';
import { kernelCache, type KernelCache } from '../../src/builder/kernel-cache.js';
import { loadKernel } from '../../src/builder/kernel.js';
import type { DomImage } from '../../src/calls/image.js';
import type { XcHandle } from '../../src/library/handle.js';

const MIB = 1024 ** 2;

let directory: string;
let cache: KernelCache;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-kernel-'));
  cache = kernelCache();
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, sizeBytes: number): string {
  const path = join(directory, name);
  writeFileSync(path, '');
  truncateSync(path, sizeBytes);
  return path;
}

/** Loads a kernel of which libxenguest makes `unpackedBytes`; the calls that were made, those on the event loop marked. */
async function load(kernel: string, unpackedBytes: number): Promise<string[]> {
  const calls: string[] = [];
  const make = (mark: string) => async (name: string) => {
    calls.push(name + mark);
    return 0;
  };
  const memory = { read: (_address: bigint, length: number) => Buffer.alloc(length) };
  const xc = { require: make(''), requireNow: make(', at once'), pointer: 1n, foreign: { memory } };
  const image = { address: 2n, get: () => 3n, getNumber: () => unpackedBytes, keep: () => undefined };
  const spec: Partial<ResolvedBuildSpec> = { kernel };
  await loadKernel(xc as unknown as XcHandle, 7, image as unknown as DomImage, spec as ResolvedBuildSpec, cache);
  return calls.filter((call) => !call.startsWith('xc_dom_boot_xen_init'));
}

const READ = ['xc_dom_kernel_file', 'xc_dom_parse_image'];
const KEPT = ['xc_dom_kernel_mem, at once', 'xc_dom_parse_image, at once'];

describe('a kernel', () => {
  it('that is packed is unpacked once', async () => {
    const path = file('vmlinuz', MIB);
    expect(await load(path, 50 * MIB)).toEqual(READ);
    expect(await load(path, 0)).toEqual(KEPT);
  });

  it('that is small and not packed is read once', async () => {
    const path = file('unikernel', 8 * MIB);
    expect(await load(path, 8 * MIB)).toEqual(READ);
    expect(await load(path, 0)).toEqual(KEPT);
  });

  it('that is large and not packed stays in its file', async () => {
    const path = file('vmlinux', 8 * MIB + 1);
    expect(await load(path, 8 * MIB + 1)).toEqual(READ);
    expect(await load(path, 8 * MIB + 1)).toEqual(READ);
  });

  it('that was replaced is read again', async () => {
    const path = file('unikernel', MIB);
    await load(path, MIB);
    file('unikernel', 2 * MIB);
    expect(await load(path, 2 * MIB)).toEqual(READ);
  });
});
