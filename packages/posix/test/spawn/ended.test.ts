import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { endOfChild } from '../../src/spawn/ended.js';
import { openNativeSpawn } from '../../src/spawn/native.js';
import { openSystem } from '../../src/system.js';

/** A child that has ended, or is about to. */
async function child() {
  const system = await openSystem({ backend: 'koffi' });
  const native = openNativeSpawn(system.foreign)!;
  const pid = native.start('/bin/sh', { args: ['sh', '-c', 'exit 7'], environment: [], descriptors: {} }) as number;
  return { system, native, pid };
}

/** The event loop, which a child does not keep alive, turns meanwhile. */
async function kept<T>(work: Promise<T>): Promise<T> {
  const alive = setTimeout(() => undefined, 20_000);
  return work.finally(() => {
    clearTimeout(alive);
  });
}

describe('the end of a child', () => {
  it('is known where it has ended before anybody watched', async () => {
    const { system, native, pid } = await child();
    while (!readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z ')) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await kept(endOfChild(system, native, pid))).toEqual({ how: 'exited', status: 7 });
  });

  it('is known where no descriptor is left to watch it by', async () => {
    const { system, native, pid } = await child();
    const full = { ...system, pidfdOpen: () => ({ call: 'pidfd_open', errno: 'EMFILE' }) };
    expect(await kept(endOfChild(full, native, pid))).toEqual({ how: 'exited', status: 7 });
  });

  it('is known where the event loop takes no descriptor, and none is left open', async () => {
    const { system, native, pid } = await child();
    const before = readdirSync('/proc/self/fd').length;
    const foreign = {
      ...system.foreign,
      watchReadable: () => {
        throw new Error('ENOSPC');
      },
    };
    const end = endOfChild({ ...system, foreign }, native, pid);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
    expect(await kept(end)).toEqual({ how: 'exited', status: 7 });
  });

  it('is waited for without a loop where a debugger is told of it first', async () => {
    const { system, native, pid } = await child();
    let looks = 0;
    const traced = { ...native, reap: () => (++looks < 4 ? undefined : native.reap(pid)) };
    const before = performance.now();
    expect(await kept(endOfChild(system, traced, pid))).toEqual({ how: 'exited', status: 7 });
    expect(looks).toBe(4);
    expect(performance.now() - before).toBeGreaterThan(100);
  });

  it('is not known where something else in this process took the news of it', async () => {
    const { system, native, pid } = await child();
    while (native.reap(pid) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await kept(endOfChild(system, native, pid))).toEqual({ how: 'unknown' });
  });
});
