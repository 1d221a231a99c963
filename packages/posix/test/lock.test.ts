import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { temporaryDirectory } from './support/directory.js';
import { IMPLEMENTATIONS } from './support/implementations.js';

/** Takes a lock as another program does, in a process of its own, until killed. */
async function heldByOther(kind: 'flock' | 'lockf', path: string): Promise<ChildProcess> {
  // Python's lockf is fcntl(F_SETLK), as xl's; its flock is flock(2).
  const program = `
import fcntl, sys, time
f = open(sys.argv[1], 'w')
fcntl.${kind}(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
print('held', flush=True)
time.sleep(60)
`;
  const child = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** What a descriptor of this process is open for. */
function nameOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

describe.each(IMPLEMENTATIONS)('tryLock (%s)', (_name, posix) => {
  const path = temporaryDirectory();

  it('makes the file, for its owner alone', async () => {
    const lock = await posix.tryLock(path('lock'));
    expect(lstatSync(path('lock')).mode & 0o7777).toBe(0o600);
    await lock?.release();
  });

  it('excludes a second holder, also in the same process, until released', async () => {
    const first = await posix.tryLock(path('lock'));
    expect(first).toBeDefined();
    expect(await posix.tryLock(path('lock'))).toBeUndefined();
    await first?.release();
    await first?.release();
    const second = await posix.tryLock(path('lock'));
    expect(second).toBeDefined();
    await second?.release();
  });

  it.each(['flock', 'lockf'] as const)('excludes, and is excluded by, a program that uses %s', async (kind) => {
    const other = await heldByOther(kind, path('lock'));
    expect(await posix.tryLock(path('lock'))).toBeUndefined();
    other.kill('SIGKILL');
    await once(other, 'exit');
    const mine = await posix.tryLock(path('lock'));
    expect(mine).toBeDefined();
    const refused = spawn('python3', ['-c', `import fcntl; fcntl.${kind}(open('${path('lock')}', 'w'), 6)`], {
      stdio: 'ignore',
    });
    expect(await once(refused, 'exit')).toEqual([1, null]);
    await mine?.release();
  });

  it('is not inherited by programs that are started', async () => {
    const lock = await posix.tryLock(path('lock'));
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await lock?.release();
    const again = await posix.tryLock(path('lock'));
    child.kill('SIGKILL');
    expect(again).toBeDefined();
    await again?.release();
  });

  it('ends with its release, though a program that is being started has the open file', async () => {
    const lock = await posix.tryLock(path('lock'));
    // What a process has between fork and exec, this one keeps.
    const fds = readdirSync('/proc/self/fd').map(Number);
    const fd = fds.find((one) => nameOf(one) === path('lock'));
    const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    await once(child, 'spawn');
    await lock?.release();
    const again = await posix.tryLock(path('lock'));
    child.kill('SIGKILL');
    expect(again).toBeDefined();
    await again?.release();
  });

  it('locks the file that has the name, not one that was removed', async () => {
    const old = await posix.tryLock(path('lock'));
    rmSync(path('lock'));
    const now = await posix.tryLock(path('lock'));
    expect(now).toBeDefined();
    expect(await posix.tryLock(path('lock'))).toBeUndefined();
    await Promise.all([old?.release(), now?.release()]);
  });

  it('does not follow a symbolic link', async () => {
    writeFileSync(path('target'), '');
    symlinkSync(path('target'), path('link'));
    await expect(posix.tryLock(path('link'))).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED', errno: 'ELOOP' });
  });

  it('says what cannot be opened', async () => {
    mkdirSync(path('directory'));
    await expect(posix.tryLock(path('directory'))).rejects.toMatchObject({ call: 'open', errno: 'EISDIR' });
  });
});
