import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';
import { openForeign } from '@xen-image/ffi';
import { createExitWatcher } from '../src/exit.js';
import { identifyProcess } from '../src/process.js';
import { openSystem } from '../src/system.js';

describe('createExitWatcher', () => {
  it('does without pidfds where the kernel has none', async () => {
    const system = await openSystem({});
    const old = createExitWatcher({ ...system, pidfdOpen: () => ({ call: 'pidfd_open', errno: 'ENOSYS' }) });
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const identity = await identifyProcess(child.pid!);
    const wait = old.wait(identity!);
    child.kill('SIGKILL');
    await wait;
    expect(await identifyProcess(child.pid!)).toBeUndefined();
  });

  it('tells of a failure that it cannot go around', async () => {
    const system = await openSystem({});
    const poor = createExitWatcher({ ...system, pidfdOpen: () => ({ call: 'pidfd_open', errno: 'EMFILE' }) });
    const me = await identifyProcess(process.pid);
    await expect(poor.wait(me!)).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED', errno: 'EMFILE' });
  });

  it('ends with the worker thread that waits, and with nothing else', () => {
    const script = fileURLToPath(new URL('support/waiter.mjs', import.meta.url));
    expect(execFileSync(process.execPath, [script], { timeout: 20_000 }).toString()).toBe('goes on\n');
  });

  it('tells a death by the event loop alone: no timer looks for it', async () => {
    const system = await openSystem({ backend: 'koffi' });
    expect((await openForeign({ backend: 'koffi' })).supports.fdWatch).toBe(true);
    let watches: () => void = () => undefined;
    const watched = new Promise<void>((resolve) => (watches = resolve));
    const foreign = {
      ...system.foreign,
      watchReadable: (...args: Parameters<NonNullable<typeof system.foreign.watchReadable>>) => {
        watches();
        return system.foreign.watchReadable!(...args);
      },
    };
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const identity = await identifyProcess(child.pid!);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    try {
      const wait = createExitWatcher({ ...system, foreign }).wait(identity!);
      await watched;
      child.kill('SIGKILL');
      await wait;
      expect(timers).not.toHaveBeenCalled();
    } finally {
      timers.mockRestore();
    }
  });
});
