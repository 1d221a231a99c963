import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readKeptCode, writeKeptCode } from '../../src/start/kept-code.js';

const CHUNKS = [
  { name: './main.js', sizeBytes: 120, mtimeMs: 1_700_000_000_000.25, code: Buffer.from('first') },
  { name: './chunk-A.js', sizeBytes: 7, mtimeMs: 1, code: Buffer.alloc(0) },
];

const user = process.getuid?.() ?? 0;
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-kept-'));
  file = join(directory, 'compiled', 'v20-x64-create');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const namesRead = (as = user): string[] => [...readKeptCode(file, as).keys()];

describe('kept code', () => {
  it('is given back as it was', () => {
    writeKeptCode(file, CHUNKS);
    expect([...readKeptCode(file, user).values()]).toEqual(CHUNKS);
  });

  it('takes the place of what was kept before', () => {
    writeKeptCode(file, CHUNKS);
    writeKeptCode(file, CHUNKS.slice(1));
    expect(namesRead()).toEqual(['./chunk-A.js']);
  });

  it('is nothing where there is no file', () => {
    expect(namesRead()).toEqual([]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('#!/bin/sh\necho nothing of ours\n')],
  ])('is nothing where the file is %s', (_, damage) => {
    writeKeptCode(file, CHUNKS);
    writeFileSync(file, damage(readFileSync(file)));
    expect(namesRead()).toEqual([]);
  });

  it.each([
    ['everybody', 0o646],
    ['a group', 0o664],
  ])('is nothing where %s can write the file', (_, mode) => {
    writeKeptCode(file, CHUNKS);
    chmodSync(file, mode);
    expect(namesRead()).toEqual([]);
  });

  it('is nothing where others can write its directory', () => {
    writeKeptCode(file, CHUNKS);
    chmodSync(join(directory, 'compiled'), 0o777);
    expect(namesRead()).toEqual([]);
  });

  it('is nothing where the file leads elsewhere', () => {
    const elsewhere = join(directory, 'elsewhere', 'code');
    writeKeptCode(elsewhere, CHUNKS);
    mkdirSync(join(directory, 'compiled'), { mode: 0o755 });
    symlinkSync(elsewhere, file);
    expect(namesRead()).toEqual([]);
  });
});
