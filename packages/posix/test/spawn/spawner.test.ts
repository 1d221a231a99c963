import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProgramStart, StartedProgram } from '@xen-image/core';
import { createSpawner } from '../../src/spawn/spawner.js';
import { openSystem } from '../../src/system.js';
import { temporaryDirectory } from '../support/directory.js';
import { IMPLEMENTATIONS } from '../support/implementations.js';

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const path = temporaryDirectory();
const pids: number[] = [];

afterEach(() => {
  for (const pid of pids.splice(0)) process.kill(pid, 'SIGKILL');
});

const asked = (program: string, args: readonly string[] = [], more: Partial<ProgramStart> = {}): ProgramStart => ({
  ...{ program, args, environment: { PATH: '/usr/bin:/bin' }, descriptors: {}, umask: 0o077 },
  ...more,
});

/** Resolves as a promise does that keeps no process alive by itself. */
async function kept<T>(work: Promise<T>): Promise<T> {
  const alive = setTimeout(() => undefined, 20_000);
  try {
    return await work;
  } finally {
    clearTimeout(alive);
  }
}

const status = (pid: number, field: string): string | undefined =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];

const descriptorsOf = (pid: number | 'self'): Record<string, string> =>
  Object.fromEntries(
    readdirSync(`/proc/${String(pid)}/fd`).map((fd) => {
      try {
        return [fd, readlinkSync(`/proc/${String(pid)}/fd/${fd}`)];
      } catch {
        return [fd, ''];
      }
    }),
  );

describe.each(IMPLEMENTATIONS)('a program that is started (%s)', (backend, posix) => {
  const sleeper = async (more: Partial<ProgramStart> = {}): Promise<StartedProgram> => {
    const started = await posix.spawn(asked('/bin/sleep', ['60'], more));
    pids.push(started.pid);
    // The kernel lets go of whoever started it a moment before it closes what the program is not to have, and lays out its memory;
    // then the loader opens libraries. Once it sleeps, it runs.
    const sleeps = (): boolean =>
      readFileSync(`/proc/${String(started.pid)}/cmdline`, 'utf8') === '/bin/sleep\x0060\0' &&
      status(started.pid, 'State') === 'S (sleeping)';
    await until(sleeps);
    return started;
  };
  /** What a script of the shell says, and how it ended. */
  const said = async (script: string, more: Partial<ProgramStart> = {}, program = '/bin/sh') => {
    const file = path('said');
    const output = openSync(file, 'a');
    const { ended } = await posix.spawn(
      asked(program, program === '/bin/sh' ? ['-c', script] : [], { descriptors: { 1: output }, ...more }),
    );
    closeSync(output);
    return { end: await kept(ended), text: readFileSync(file, 'utf8') };
  };

  it('tells how it ends: by itself with a status, or by a signal', async () => {
    expect((await said('exit 0')).end).toEqual({ how: 'exited', status: 0 });
    expect((await said('exit 217')).end).toEqual({ how: 'exited', status: 217 });
    expect((await said('kill -KILL $$')).end).toEqual({ how: 'signal', signal: 'SIGKILL' });
    expect((await said('ulimit -c 0; kill -ABRT $$')).end).toEqual({ how: 'signal', signal: 'SIGABRT' });
  });

  it('is the leader of a session of its own', async () => {
    const { pid } = await sleeper();
    const [, , group, session] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    expect([Number(group), Number(session)]).toEqual([pid, pid]);
  });

  it('blocks, ignores and handles no signal, though this process ignores some', async () => {
    expect(BigInt(`0x${status(process.pid, 'SigIgn') ?? ''}`)).not.toBe(0n);
    const { pid } = await sleeper();
    for (const field of ['SigBlk', 'SigIgn', 'SigCgt'])
      expect([field, status(pid, field)]).toEqual([field, '0'.repeat(16)]);
  });

  it('has the umask that is asked for, and this process keeps its own', async () => {
    const before = process.umask(0o022);
    try {
      expect((await said('umask', { umask: 0o057 })).text).toBe('0057\n');
      await expect(posix.spawn(asked('/nowhere'))).rejects.toThrow();
      expect(process.umask(0o022)).toBe(0o022);
    } finally {
      process.umask(before);
    }
  });

  it('has the environment that is given, and nothing of this process’s', async () => {
    const environment = { ONE: 'eins', EMPTY: '', NOT: undefined, FAR: 'ümläut = "so"' };
    expect((await said('', { environment }, '/usr/bin/env')).text).toBe('ONE=eins\nEMPTY=\nFAR=ümläut = "so"\n');
  });

  it('gets its arguments as they are', async () => {
    const args = ['-c', 'printf "<%s>" "$0" "$@"', 'sh', '', 'two words', 'ä\n$HOME'];
    expect((await said('', { args })).text).toBe('<sh><><two words><ä\n$HOME>');
  });

  it('has the descriptors that are named, /dev/null for the first three, and no other that this process opened', async () => {
    const held = [path('log'), path('state'), path('other')].map((name) => openSync(name, 'a'));
    const [log = -1, state = -1] = held;
    try {
      const { pid } = await sleeper({ descriptors: { 1: log, 2: log, 4: state } });
      const inherited = descriptorsOf('self');
      // What was open to everybody before this process began stays so where the C library cannot close it.
      const open = Object.entries(descriptorsOf(pid)).filter(
        ([fd, target]) => backend === 'koffi' || Number(fd) <= 4 || inherited[fd] !== target,
      );
      expect(Object.fromEntries(open)).toEqual({ 0: '/dev/null', 1: path('log'), 2: path('log'), 4: path('state') });
    } finally {
      held.forEach(closeSync);
    }
  });

  it('has them under their numbers also where each stands in the way of another', async () => {
    const [one, two] = [openSync(path('one'), 'a'), openSync(path('two'), 'a')];
    try {
      const { pid } = await sleeper({ descriptors: { [one]: two, [two]: one, 3: one } });
      const open = descriptorsOf(pid);
      expect([open[one], open[two], open[3]]).toEqual([path('two'), path('one'), path('one')]);
    } finally {
      [one, two].forEach(closeSync);
    }
  });

  it('has one under the number that it has here', async () => {
    const log = openSync(path('log'), 'a');
    try {
      const { pid } = await sleeper({ descriptors: { [log]: log } });
      expect(descriptorsOf(pid)[log]).toBe(path('log'));
      expect(fstatSync(log).isFile()).toBe(true);
    } finally {
      closeSync(log);
    }
  });

  it.each([
    ['that is not there', '/nowhere/qemu', [], 'ENOENT'],
    ['below what is no directory', '/dev/null/qemu', [], 'ENOTDIR'],
    ['that nobody may execute', fileURLToPath(new URL('spawner.test.ts', import.meta.url)), [], 'EACCES'],
    ['that is a directory', '/tmp', [], 'EACCES'],
    ['with an argument longer than the kernel takes', '/bin/true', ['x'.repeat(200_000)], 'E2BIG'],
    ['that is in no directory of PATH', 'no-such-program', [], 'ENOENT'],
  ])('is refused for a program %s, with the errno', async (_what, program, args, errno) => {
    const before = Object.keys(descriptorsOf('self')).length;
    await expect(posix.spawn(asked(program, args))).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
      call: 'execve',
      errno,
      data: { program },
    });
    expect(Object.keys(descriptorsOf('self')).length).toBe(before);
  });

  it('is refused where its interpreter is not there', async () => {
    writeFileSync(path('script'), '#!/nowhere/sh\n', { mode: 0o755 });
    await expect(posix.spawn(asked(path('script')))).rejects.toMatchObject({ errno: 'ENOENT' });
  });

  it('is run by the shell where it is a script that names no interpreter', async () => {
    writeFileSync(path('script'), 'echo "$0: $*"\n', { mode: 0o755 });
    expect((await said('', { args: ['a', 'b'] }, path('script'))).text).toBe(`${path('script')}: a b\n`);
  });

  it('is looked for in the PATH of its environment, past what may not be executed', async () => {
    const directory = path('');
    writeFileSync(path('dm'), '#!/bin/sh\necho found\n', { mode: 0o644 });
    const environment = { PATH: `${directory}:/nowhere` };
    await expect(posix.spawn(asked('dm', [], { environment }))).rejects.toMatchObject({ errno: 'EACCES' });
    const output = openSync(path('output'), 'a');
    const start = asked('sh', ['-c', 'echo "$0"'], {
      environment: { PATH: `${directory}:/usr/bin:/bin` },
      descriptors: { 1: output },
    });
    expect(await kept((await posix.spawn(start)).ended)).toEqual({ how: 'exited', status: 0 });
    closeSync(output);
    expect(readFileSync(path('output'), 'utf8')).toBe('sh\n');
  });

  it('is looked for in the usual places where there is no PATH', async () => {
    const { ended } = await posix.spawn(asked('true', [], { environment: {} }));
    expect(await kept(ended)).toEqual({ how: 'exited', status: 0 });
  });

  it('takes no string with a NUL, where it would end, and does not tell what else it holds', async () => {
    const refused = { name: 'TypeError', message: expect.not.stringContaining('secret') as unknown };
    await expect(posix.spawn(asked('/bin/true', ['secret\0b']))).rejects.toMatchObject(refused);
    await expect(posix.spawn(asked('/bin/true', [], { environment: { A: 'secret\0b' } }))).rejects.toMatchObject(
      refused,
    );
  });

  it('is one of a hundred that die at once, of which nothing is left: no zombie, no descriptor, no thread', async () => {
    const threads = (): number => Number(status(process.pid, 'Threads'));
    const before = { open: Object.keys(descriptorsOf('self')).length, threads: threads() };
    const started = await Promise.all(Array.from({ length: 100 }, () => posix.spawn(asked('/bin/sleep', ['60']))));
    expect(threads()).toBeLessThanOrEqual(before.threads);
    for (const { pid } of started) process.kill(pid, 'SIGKILL');
    const ends = await kept(Promise.all(started.map(({ ended }) => ended)));
    expect(ends).toEqual(ends.map(() => ({ how: 'signal', signal: 'SIGKILL' })));
    for (const { pid } of started) expect(() => statSync(`/proc/${String(pid)}`)).toThrow('ENOENT');
    expect(Object.keys(descriptorsOf('self')).length).toBe(before.open);
  });
});

describe('a program that outlives who started it', () => {
  it.each(['command', 'worker'])('runs on when the %s ends, which does not wait for it', async (kind) => {
    const script = fileURLToPath(new URL('../support/starter.mjs', import.meta.url));
    const pid = Number(execFileSync(process.execPath, [script, kind], { timeout: 20_000 }).toString());
    pids.push(pid);
    // The kernel lays out its memory a moment after it lets go of whoever started it.
    const commandLine = (): string => readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
    await until(() => commandLine() !== '');
    expect(commandLine()).toBe('sleep\x0060\0');
    expect(status(pid, 'PPid')).not.toBe(String(process.pid));
  });
});

describe('a spawner', () => {
  it('starts programs where the kernel has no pidfds, too', async () => {
    const system = await openSystem({});
    const spawn = createSpawner({ ...system, pidfdOpen: () => ({ call: 'pidfd_open', errno: 'ENOSYS' }) });
    const { ended } = await spawn(asked('/bin/sh', ['-c', 'exit 4']));
    expect(await kept(ended)).toEqual({ how: 'exited', status: 4 });
    await expect(spawn(asked('/nowhere'))).rejects.toMatchObject({ call: 'execve', errno: 'ENOENT' });
  });

  it('starts programs where the C library cannot start a session, too', async () => {
    const system = await openSystem({});
    const { foreign } = system;
    const open: typeof foreign.open = (names) => {
      const libc = foreign.open(names);
      return { ...libc, has: (symbol) => !symbol.startsWith('posix_spawn') && libc.has(symbol) };
    };
    const spawn = createSpawner({ ...system, foreign: { ...foreign, open } });
    const { pid, ended } = await spawn(asked('/bin/sleep', ['60']));
    process.kill(pid, constants.signals.SIGTERM);
    expect(await kept(ended)).toEqual({ how: 'signal', signal: 'SIGTERM' });
  });
});
