import { setTimeout as sleep } from 'node:timers/promises';
import { XenImageError, type Posix, type ProcessIdentity } from '@xen-image/core';
import { endProcess } from '../devicemodel/end.js';
import type { SimulatedProcess } from '../devicemodel/process.js';
import type { Machine } from '../hypervisor/machine.js';
import type { Owners } from '../ports/owners.js';
import type { Session } from '../ports/session.js';

const POLL_MS = 5;
/** Signals that end a device model. */
const ENDING: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGKILL', 'SIGQUIT', 'SIGABRT'];

/**
 * System calls on the simulated host: named pipes and locks of its own, and its device models as the only processes.
 * No real process is ever started, looked at or signalled.
 */
export function posixPort(session: Session, owners: Owners): Posix {
  const identify = (pid: number): Promise<ProcessIdentity | undefined> =>
    session.read((machine) => {
      const process = byPid(machine, pid);
      return process === undefined ? undefined : { pid, startTime: process.startTime };
    });
  return {
    mkfifo: (path, mode) =>
      session.write(({ posix: { fifos } }) => {
        if (fifos.has(path)) {
          throw new XenImageError('SYSTEM_CALL_FAILED', `cannot make the pipe ${path}: it exists (EEXIST)`, {
            call: 'mkfifo',
            errno: 'EEXIST',
            data: { path },
          });
        }
        fifos.set(path, mode);
      }),
    tryLock: (path) =>
      session.write(({ posix: { locks } }) => {
        const holder = locks.get(path);
        if (holder !== undefined && owners.isAlive(holder)) return undefined;
        locks.set(path, session.owner);
        return {
          release: () =>
            session.write((machine) => {
              if (machine.posix.locks.get(path) === session.owner) machine.posix.locks.delete(path);
            }),
        };
      }),
    identify,
    signal: (target, signal) =>
      session.write((machine) => {
        const process = byPid(machine, target.pid);
        if (process?.startTime !== target.startTime) return false;
        if (ENDING.includes(signal)) endProcess(machine, process);
        return true;
      }),
    spawn: ({ program }) =>
      Promise.reject(
        new XenImageError('SYSTEM_CALL_FAILED', `the simulated host has no programs: ${program} cannot be executed`, {
          call: 'execve',
          errno: 'ENOENT',
          data: { program },
        }),
      ),
    async waitForExit(target, signal) {
      for (;;) {
        if (signal?.aborted === true) throw aborted(signal);
        if ((await identify(target.pid))?.startTime !== target.startTime) return;
        await sleep(POLL_MS);
      }
    },
  };
}

function byPid({ processes }: Machine, pid: number): SimulatedProcess | undefined {
  for (const process of processes.values()) if (process.pid === pid) return process;
  return undefined;
}

function aborted(signal: AbortSignal): XenImageError {
  return new XenImageError('ABORTED', 'waiting for a process was aborted', { cause: signal.reason });
}
