import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownCircumstances, SharedCircumstances } from '../../src/service/circumstances.js';

let directory: string;
let before: string;
beforeEach(() => {
  before = process.cwd();
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'xen-image-circumstances-')));
});
afterEach(() => {
  process.chdir(before);
  rmSync(directory, { recursive: true, force: true });
});

describe('circumstances', () => {
  it('are taken while a command line runs, and given back', () => {
    const own = ownCircumstances();
    const shared = new SharedCircumstances();
    const { PATH = '' } = own.env;
    const leave = shared.enter({ ...own, cwd: directory, umask: 0o077, env: { PATH, ASKED: 'yes' } });
    if (typeof leave === 'string') throw new Error(leave);
    writeFileSync(join(directory, 'made'), '');
    expect(statSync(join(directory, 'made')).mode & 0o777).toBe(0o600);
    expect(process.cwd()).toBe(directory);
    expect(Object.keys(process.env).sort()).toEqual(['ASKED', 'PATH']);
    leave();
    leave();
    expect(ownCircumstances()).toEqual(own);
  });

  it('are shared by command lines that agree in them, until the last one has left', () => {
    const own = ownCircumstances();
    const shared = new SharedCircumstances();
    const wanted = { ...own, cwd: directory };
    const first = shared.enter(wanted);
    const second = shared.enter({ ...wanted, env: Object.fromEntries(Object.entries(own.env).reverse()) });
    if (typeof first === 'string' || typeof second === 'string') throw new Error('not shared');
    first();
    expect(process.cwd()).toBe(directory);
    expect(shared.enter(own)).toMatch(/another directory/);
    second();
    expect(process.cwd()).toBe(before);
    expect(typeof shared.enter(own)).toBe('function');
  });

  it.each([
    ['another directory', { cwd: '/' }],
    ['another mask', { umask: 0o007 }],
    ['another environment', { env: { PATH: '/bin' } }],
  ])('are refused with %s than those of who runs', (_what, other) => {
    const own = { ...ownCircumstances(), umask: 0o022 };
    const shared = new SharedCircumstances();
    const leave = shared.enter(own);
    if (typeof leave === 'string') throw new Error(leave);
    expect(shared.enter({ ...own, ...other })).toMatch(/another directory, or with another environment/);
    leave();
  });

  it('are given back though the own directory is gone meanwhile', () => {
    process.chdir(directory);
    const shared = new SharedCircumstances();
    const leave = shared.enter({ ...ownCircumstances(), cwd: before });
    if (typeof leave === 'string') throw new Error(leave);
    rmSync(directory, { recursive: true });
    leave();
    expect(process.cwd()).toBe('/');
    process.chdir(before);
  });

  it('are refused where paths mean other files, or the directory cannot be entered', () => {
    const own = ownCircumstances();
    const shared = new SharedCircumstances();
    expect(shared.enter({ ...own, files: 'those of a container' })).toMatch(/other files/);
    expect(shared.enter({ ...own, cwd: join(directory, 'absent') })).toMatch(/ENOENT/);
    expect(ownCircumstances()).toEqual(own);
  });
});
