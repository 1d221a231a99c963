import { closeSync } from 'node:fs';
import type { ProcessIdentity } from '@xen-image/core';
import { identifyProcess, sameProcess } from './process.js';
import { failed, systemError, type System } from './system.js';

/** A descriptor that stands for one process, whatever becomes of its pid. */
export interface Pidfd {
  readonly fd: number;
  close(): void;
}

/**
 * Of a process that has ended. EINVAL, or ENOENT on later kernels: its number is still that of a group or a session whose
 * leader it was, or is a thread's by now.
 */
const GONE = ['ESRCH', 'EINVAL', 'ENOENT'];

/**
 * Opens a pidfd of exactly this process.
 *
 * The identity is looked at after the descriptor was opened: if the process that has the pid now is the one meant, then
 * it had the pid already when the descriptor was opened.
 * @returns `gone` where that process has ended, `unsupported` before Linux 5.3
 */
export async function openPidfd(system: System, process: ProcessIdentity): Promise<Pidfd | 'gone' | 'unsupported'> {
  const opened = system.pidfdOpen(process.pid);
  if (failed(opened)) {
    if (GONE.includes(opened.errno)) return 'gone';
    if (opened.errno === 'ENOSYS') return 'unsupported';
    throw systemError(opened, `process ${String(process.pid)} cannot be watched`, { pid: process.pid });
  }
  const pidfd: Pidfd = {
    fd: opened,
    close() {
      closeSync(opened);
    },
  };
  try {
    if (sameProcess(process, await identifyProcess(process.pid))) return pidfd;
  } catch (error) {
    pidfd.close();
    throw error;
  }
  pidfd.close();
  return 'gone';
}
