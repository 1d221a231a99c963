import { constants } from 'node:os';
import type { OpenForeignOptions } from '@xen-image/ffi';
import type { Posix, ProcessIdentity } from '@xen-image/core';
import { createExitWatcher, type ExitWatcher } from './exit.js';
import { makeFifo } from './fifo.js';
import { limitProcess, resourceLimits, type Resource, type ResourceLimits } from './limits.js';
import { tryLockFile } from './lock.js';
import { openPidfd } from './pidfd.js';
import { identifyProcess, sameProcess } from './process.js';
import { createSpawner, type Spawner } from './spawn/spawner.js';
import { failed, openSystem, systemError, type System } from './system.js';

/** Core's port, and limits of processes. */
export interface LinuxPosix extends Posix {
  /** As {@link resourceLimits}: sets a limit of a process where one is given; answers the limit there was. */
  resourceLimits(pid: number, resource: Resource, limits?: ResourceLimits): Promise<ResourceLimits>;
}

/**
 * The system calls that Node lacks, on Linux. Nothing native is loaded before the first call of a method that needs it.
 * @param options - which implementation of foreign calls to use
 */
export function createPosix(options: OpenForeignOptions = {}): LinuxPosix {
  let opening: Promise<{ system: System; exits: ExitWatcher; spawner: Spawner }> | undefined;
  const opened = () =>
    (opening ??= openSystem(options).then((system) => ({
      system,
      exits: createExitWatcher(system),
      spawner: createSpawner(system),
    })));

  return {
    async mkfifo(path, mode) {
      const { system } = await opened();
      makeFifo(system, path, mode);
    },
    async tryLock(path) {
      const { system } = await opened();
      return tryLockFile(system, path);
    },
    identify: identifyProcess,
    async signal(process, signal) {
      const { system } = await opened();
      return signalProcess(system, process, signal);
    },
    async limit(target, limits) {
      const { system } = await opened();
      limitProcess(system, target.pid, limits);
    },
    async spawn(start) {
      const { spawner } = await opened();
      return spawner(start);
    },
    async waitForExit(process, signal) {
      const { exits } = await opened();
      await exits.wait(process, signal);
    },
    async resourceLimits(pid, resource, limits) {
      const { system } = await opened();
      return resourceLimits(system, pid, resource, limits);
    },
  };
}

async function signalProcess(system: System, target: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  const pidfd = await openPidfd(system, target);
  if (pidfd === 'gone') return false;
  if (pidfd === 'unsupported') return signalByPid(target, signal);
  try {
    const failure = system.pidfdSendSignal(pidfd.fd, constants.signals[signal]);
    if (!failed(failure)) return true;
    if (failure.errno === 'ESRCH') return false;
    throw systemError(failure, `cannot send ${signal} to process ${String(target.pid)}`, { pid: target.pid });
  } finally {
    pidfd.close();
  }
}

/** Before Linux 5.3 the pid could be another's between these two lines; nothing better is to be had there. */
async function signalByPid(target: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!sameProcess(target, await identifyProcess(target.pid))) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    throw systemError({ call: 'kill', errno: code }, `cannot send ${signal} to process ${String(target.pid)}`);
  }
}
