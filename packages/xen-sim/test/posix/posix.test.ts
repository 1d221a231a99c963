import { describe, expect, it } from '@jest/globals';
import { drive, newHost } from '../support/host.js';

describe('the simulated host beside its domains', () => {
  it('has pipes that are made once, are no plain files, and are removed', async () => {
    const { posix, host, simulator } = newHost();
    await posix.mkfifo('/run/pipe', 0o600);
    await expect(posix.mkfifo('/run/pipe', 0o600)).rejects.toMatchObject({ call: 'mkfifo', errno: 'EEXIST' });
    expect(await host.pathKind('/run/pipe')).toBe('other');
    expect((await simulator.inspect()).fifos).toEqual({ '/run/pipe': 0o600 });
    await host.removeFile('/run/pipe');
    expect(await host.pathKind('/run/pipe')).toBe('absent');
  });

  it('has no programs that could be started', async () => {
    const { posix } = newHost();
    const start = { program: '/bin/true', args: [], environment: {}, descriptors: {}, umask: 0o077 };
    await expect(posix.spawn(start)).rejects.toMatchObject({ call: 'execve', errno: 'ENOENT' });
  });

  it('has locks that one holds, until it lets go or ends', async () => {
    const { posix, simulator } = newHost();
    const lock = await posix.tryLock('/run/lock');
    expect(await posix.tryLock('/run/lock')).toBeUndefined();
    await lock?.release();
    await expect(posix.tryLock('/run/lock')).resolves.toBeDefined();
    simulator.crash();
    await expect(drive(simulator).posix.tryLock('/run/lock')).resolves.toBeDefined();
  });

  it('knows no real process and signals none', async () => {
    const { posix } = newHost();
    expect(await posix.identify(process.pid)).toBeUndefined();
    expect(await posix.signal({ pid: process.pid, startTime: 0 }, 'SIGKILL')).toBe(false);
    await expect(posix.waitForExit({ pid: process.pid, startTime: 0 })).resolves.toBeUndefined();
  });
});
