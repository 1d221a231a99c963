import { readdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lockVersion } from '../../src/state/version-lock.js';
import { testDirectory } from '../support/directory.js';

const path = testDirectory();
const alive = () => true;
const dead = () => false;
const left = () => readdirSync(dirname(path('state')));

describe('the right to write a version', () => {
  it('is held by one', () => {
    const first = lockVersion(path('state'), 5, 'a', alive);
    expect(first.got).toBe(true);
    expect(lockVersion(path('state'), 5, 'b', alive).got).toBe(false);
    expect(lockVersion(path('state'), 6, 'b', alive).got).toBe(true);
    first.release();
    expect(lockVersion(path('state'), 5, 'b', alive).got).toBe(true);
  });

  it('is taken over from the dead, by one, and leaves nothing of them', () => {
    symlinkSync('dead-1', path('state.5.0'));
    symlinkSync('dead-2', path('state.5.1'));
    const lives = (holder: string) => !holder.startsWith('dead');
    const first = lockVersion(path('state'), 5, 'a', lives);
    expect(first.got).toBe(true);
    expect(lockVersion(path('state'), 5, 'b', lives).got).toBe(false);
    first.release();
    expect(left()).toEqual([]);
  });

  it('is not taken away by one that did not get it', () => {
    const first = lockVersion(path('state'), 5, 'a', alive);
    lockVersion(path('state'), 5, 'b', alive).release();
    expect(lockVersion(path('state'), 5, 'c', alive).got).toBe(false);
    first.release();
    expect(left()).toEqual([]);
  });

  it('is outbid link by link, never by removing one', () => {
    for (const holder of ['a', 'b', 'c']) expect(lockVersion(path('state'), 5, holder, dead).got).toBe(true);
    expect(left().sort()).toEqual(['state.5.0', 'state.5.1', 'state.5.2']);
  });
});
