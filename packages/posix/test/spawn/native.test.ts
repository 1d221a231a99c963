import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { openForeign, signature } from '@xen-image/ffi';
import { endOfStatus } from '../../src/spawn/end.js';
import { openNativeSpawn } from '../../src/spawn/native.js';

const foreign = await openForeign({ backend: 'koffi' });
const native = openNativeSpawn(foreign)!;
const libc = foreign.open(['libc.so.6', 'libc.so']);
const canClose = libc.has('posix_spawn_file_actions_addclosefrom_np');

/** A program that sleeps, as long as the work takes. */
async function whileSleeping<T>(descriptors: Readonly<Record<number, number>>, work: (pid: number) => T): Promise<T> {
  const pid = native.start('/bin/sleep', { args: ['sleep', '60'], environment: [], descriptors }) as number;
  try {
    // Before it sleeps, its loader has libraries open.
    while (!readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes('(sleep) S ')) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return work(pid);
  } finally {
    process.kill(pid, 'SIGKILL');
    while (native.reap(pid) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('posix_spawn', () => {
  it('lets no signal stay blocked that this thread blocks', async () => {
    const setMask = libc.bind(signature('pthread_sigmask', 'int', ['int', 'pointer', 'pointer']));
    const [SIG_BLOCK, SIG_SETMASK] = [0, 2];
    const [blocked, before] = [Buffer.alloc(128), Buffer.alloc(128)];
    blocked.writeUInt32LE(1 << (constants.signals.SIGUSR2 - 1));
    setMask.call(SIG_BLOCK, blocked, before);
    try {
      expect(readFileSync('/proc/thread-self/status', 'utf8')).toMatch(/^SigBlk:\s+0*800$/m);
      await whileSleeping({}, (pid) => {
        expect(readFileSync(`/proc/${String(pid)}/status`, 'utf8')).toMatch(/^SigBlk:\s+0{16}$/m);
      });
    } finally {
      setMask.call(SIG_SETMASK, before, null);
    }
  });

  (canClose ? it : it.skip)('leaves a program no descriptor that is open to every program', async () => {
    const dup = libc.bind(signature('dup', 'int', ['int']));
    const marked = openSync('/dev/null', 'r');
    // A duplicate has lost the mark by which it would be closed.
    const unmarked = dup.call(marked).result;
    try {
      expect(await whileSleeping({ 4: marked }, (pid) => readdirSync(`/proc/${String(pid)}/fd`))).toEqual([
        '0',
        '1',
        '2',
        '4',
      ]);
    } finally {
      [marked, unmarked].forEach(closeSync);
    }
  });
});

describe('a status of waitpid', () => {
  it.each([
    [0x0000, { how: 'exited', status: 0 }],
    [0xff00, { how: 'exited', status: 255 }],
    [0x0009, { how: 'signal', signal: 'SIGKILL' }],
    // With a core dump.
    [0x0086, { how: 'signal', signal: 'SIGABRT' }],
    [0x001d, { how: 'signal', signal: 'SIGIO' }],
    [0x0022, { how: 'signal', signal: 'signal 34' }],
  ])('%i is an end', (status, end) => {
    expect(endOfStatus(status)).toEqual(end);
  });
});
