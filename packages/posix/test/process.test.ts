import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { identityOf } from '../src/process.js';
import { IMPLEMENTATIONS } from './support/implementations.js';

const started: ChildProcess[] = [];

function sleeper(): ChildProcess & { pid: number } {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  started.push(child);
  return child as ChildProcess & { pid: number };
}

/** A process that is not our child: its parent has ended. */
async function orphan(): Promise<number> {
  const parent = spawn('sh', ['-c', 'sleep 60 >/dev/null & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Both are waited for from here on: it may have ended before its word is read.
  const [[pid]] = (await Promise.all([once(parent.stdout, 'data'), once(parent, 'exit')])) as [[Buffer], unknown];
  return Number(pid.toString());
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe('identityOf', () => {
  it('counts fields from the end of a name that holds parentheses and blanks', () => {
    const rest = Array.from({ length: 50 }, (_, index) => String(index + 4)).join(' ');
    expect(identityOf(7, `7 (a) R (b) S ${rest}`)).toEqual({ pid: 7, startTime: 22 });
  });

  it.each(['Z', 'X'])('takes state %s for gone', (state) => {
    expect(identityOf(7, `7 (qemu) ${state} 1 2 3`)).toBeUndefined();
  });
});

describe.each(IMPLEMENTATIONS)('processes (%s)', (_name, posix) => {
  it('identifies this process by what /proc says', async () => {
    const field = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[19];
    expect(await posix.identify(process.pid)).toEqual({ pid: process.pid, startTime: Number(field) });
  });

  it('finds nobody under a pid that is free, and nobody in a zombie', async () => {
    expect(await posix.identify(2 ** 22 + 1)).toBeUndefined();
    // A parent that never waits: its child stays a zombie until the parent ends.
    const program = `
import os, time
pid = os.fork()
if pid == 0: os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(pid, flush=True)
time.sleep(60)
`;
    const parent = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(parent);
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    const stat = `/proc/${String(Number(pid.toString()))}/stat`;
    expect(readFileSync(stat, 'utf8')).toContain(') Z ');
    expect(await posix.identify(Number(pid.toString()))).toBeUndefined();
  });

  it('refuses what is no pid: 0 and negative ones mean groups of processes', async () => {
    await expect(posix.identify(0)).rejects.toThrow(TypeError);
    await expect(posix.identify(-1)).rejects.toThrow(TypeError);
  });

  it('signals the process that is meant', async () => {
    const child = sleeper();
    const identity = await posix.identify(child.pid);
    expect(await posix.signal(identity!, 'SIGHUP')).toBe(true);
    expect(await once(child, 'exit')).toEqual([null, 'SIGHUP']);
    expect(await posix.signal(identity!, 'SIGHUP')).toBe(false);
  });

  it('does not signal another process that has the pid now', async () => {
    const child = sleeper();
    const identity = await posix.identify(child.pid);
    expect(await posix.signal({ ...identity!, startTime: identity!.startTime - 1 }, 'SIGKILL')).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  });

  it('takes a process for gone that its children outlive, though its pid is still the name of their session', async () => {
    const leader = spawn('sh', ['-c', 'sleep 60 & read line'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    const identity = (await posix.identify(leader.pid!))!;
    leader.stdin.end('\n');
    await once(leader, 'exit');
    try {
      expect(await posix.signal(identity, 'SIGHUP')).toBe(false);
      await posix.waitForExit(identity);
    } finally {
      process.kill(-leader.pid!, 'SIGKILL');
    }
  });

  it('waits for the end of a child, and of a process that is not ours', async () => {
    const child = sleeper();
    const stranger = await orphan();
    const identities = await Promise.all([posix.identify(child.pid), posix.identify(stranger)]);
    const ended: string[] = [];
    const waits = [
      posix.waitForExit(identities[0]!).then(() => ended.push('child')),
      posix.waitForExit(identities[1]!).then(() => ended.push('stranger')),
    ];
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ended).toEqual([]);
    process.kill(stranger, 'SIGKILL');
    await waits[1];
    expect(ended).toEqual(['stranger']);
    child.kill('SIGKILL');
    await waits[0];
    expect(ended).toEqual(['stranger', 'child']);
  });

  it('does not wait for a process that is gone already, nor for the next owner of its pid', async () => {
    const child = sleeper();
    const identity = await posix.identify(child.pid);
    await posix.waitForExit({ ...identity!, startTime: identity!.startTime - 1 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await posix.waitForExit(identity!);
  });

  it('ends the waiting when asked to, and holds no descriptor after it', async () => {
    const child = sleeper();
    const identity = await posix.identify(child.pid);
    const before = readdirSync('/proc/self/fd').length;
    const abort = new AbortController();
    const wait = posix.waitForExit(identity!, abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort(new Error('asked to'));
    await expect(wait).rejects.toThrow('asked to');
    await expect(posix.waitForExit(identity!, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it('waits for a hundred at once, without a thread for any', async () => {
    const children = Array.from({ length: 100 }, sleeper);
    const identities = await Promise.all(children.map((child) => posix.identify(child.pid)));
    const threads = () => Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    const before = threads();
    const waits = identities.map((identity) => posix.waitForExit(identity!));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(threads()).toBeLessThanOrEqual(before);
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(waits);
  });

  it('limits a process, and says what the limit was', async () => {
    const child = sleeper();
    const limits = () => readFileSync(`/proc/${String(child.pid)}/limits`, 'utf8');
    await posix.resourceLimits(child.pid, 'fsize', { soft: 4096, hard: 8192 });
    expect(limits()).toMatch(/Max file size\s+4096\s+8192\s/);
    await posix.resourceLimits(child.pid, 'nproc', { soft: 0, hard: 0 });
    expect(limits()).toMatch(/Max processes\s+0\s+0\s/);
    expect(await posix.resourceLimits(child.pid, 'fsize')).toEqual({ soft: 4096, hard: 8192 });
    expect(await posix.resourceLimits(child.pid, 'cpu', { soft: 5, hard: null })).toEqual({ soft: null, hard: null });
    await expect(posix.resourceLimits(2 ** 22 + 1, 'fsize')).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
      call: 'prlimit',
      errno: 'ESRCH',
    });
  });

  it('lowers limits of a process, and raises none', async () => {
    const child = sleeper();
    const limits = () => readFileSync(`/proc/${String(child.pid)}/limits`, 'utf8');
    await posix.resourceLimits(child.pid, 'fsize', { soft: 100, hard: 8192 });
    const process = { pid: child.pid, startTime: 0 };
    await posix.limit!(process, { fsize: 4096, nproc: 7 });
    expect(limits()).toMatch(/Max file size\s+100\s+4096\s/);
    expect(limits()).toMatch(/Max processes\s+7\s+7\s/);
    await expect(posix.limit!(process, { toString: 1 })).rejects.toThrow(TypeError);
  });
});
