import { spawn, type ChildProcess } from 'node:child_process';
import type { ProgramEnd, ProgramStart, StartedProgram } from '@xen-image/core';
import type { Failure } from '../system.js';
import { withUmask } from './umask.js';

/**
 * Starts a program by Node's own way: where the C library or the kernel lacks something, or the implementation of foreign calls
 * cannot watch descriptors.
 */
export async function spawnByNode(start: ProgramStart): Promise<StartedProgram | Failure> {
  const { program, args, environment, descriptors } = start;
  // Node makes pipes of the first three where nothing is said of them.
  const count = Math.max(3, ...Object.keys(descriptors).map((target) => Number(target) + 1));
  const stdio = Array.from({ length: count }, (_, target) => descriptors[target] ?? 'ignore');
  try {
    const child = withUmask(start.umask, () =>
      spawn(program, args, { detached: true, stdio, env: { ...environment } }),
    );
    const ended = new Promise<ProgramEnd>((resolve) => {
      child.once('exit', (status, signal) => {
        resolve(signal === null ? { how: 'exited', status: status ?? 0 } : { how: 'signal', signal });
      });
    });
    const pid = await executed(child);
    child.unref();
    return { pid, ended };
  } catch (error) {
    // Most errnos come as an event; those for which there may be no process at all (ENOMEM, E2BIG) Node throws.
    const { code = 'unknown', syscall = '' } = error as NodeJS.ErrnoException;
    if (syscall.startsWith('spawn')) return { call: 'execve', errno: code };
    throw error;
  }
}

/** Waits until a child is executed. @returns its pid */
function executed(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => {
      resolve((child as ChildProcess & { readonly pid: number }).pid);
    });
    child.once('error', reject);
  });
}
