import { typicalRestriction, XenImageError, type DeviceModels, type DeviceModelStart } from '@xen-image/core';
import type { FileView } from '../host/files.js';
import type { Session } from '../ports/session.js';
import type { Machine } from '../hypervisor/machine.js';
import { stopProcess } from './end.js';
import type { SimulatedProcess } from './process.js';
import { deviceModelError, startProcess } from './start.js';

/** What a simulated device model does when it is started. */
export type DeviceModelBehaviour = 'runs' | 'dies' | 'hangs';

/** How device models of a simulated host behave. */
export interface DeviceModelWorld {
  readonly files: FileView;
  readonly behaviour: (start: DeviceModelStart) => DeviceModelBehaviour;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Device models that are entries in a table: they populate video memory and hold channels, and run no program. */
export function deviceModelsPort(session: Session, { files, behaviour }: DeviceModelWorld): DeviceModels {
  return {
    restriction: ({ domid, user }) =>
      Promise.resolve({ ...typicalRestriction(domid), ...(user === undefined ? {} : { user, ownUser: false }) }),
    async start(start, signal) {
      throwIfAborted(signal);
      const { kind } = await files.look(start.program);
      if (kind !== 'file') throw notExecutable(start, kind === 'absent' ? 'ENOENT' : 'EACCES');
      const does = behaviour(start);
      if (does === 'dies')
        throw deviceModelError('DEVICE_MODEL_DIED', start, 'exited with status 1', ['qemu: aborted']);
      if (does === 'hangs') await hang(start, signal);
      if (start.restoreFrom !== undefined && (await files.look(start.restoreFrom)).kind !== 'file') {
        throw deviceModelError('DEVICE_MODEL_DIED', start, 'exited with status 1', ['qemu: no state to begin from']);
      }
      return session.write((machine) => startProcess(machine, start));
    },
    stop: (domid) =>
      session.write((machine) => {
        stopProcess(machine, domid);
      }),
    resume: (domid) =>
      session.write((machine) => {
        running(machine, domid).resumed = true;
      }),
    async save(domid, path) {
      await session.read((machine) => running(machine, domid));
      await files.make(path).catch((error: unknown) => {
        throw fileFailed(path, error);
      });
      await session.write((machine) => {
        running(machine, domid).stopped = true;
      });
    },
    cont: (domid) =>
      session.write((machine) => {
        running(machine, domid).stopped = false;
      }),
  };
}

/** A domain's device model. */
function running({ processes }: Machine, domid: number): SimulatedProcess {
  const process = processes.get(domid);
  if (process !== undefined) return process;
  throw new XenImageError('DEVICE_MODEL_DIED', `domain ${domid} has no device model that runs`, {
    phase: 'device-model',
    domain: { domid },
  });
}

function fileFailed(path: string, error: unknown): XenImageError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new XenImageError('SYSTEM_CALL_FAILED', `cannot make the file for saved state ${path}: ${code}`, {
    phase: 'device-model',
    call: 'open',
    errno: code,
    cause: error,
  });
}

function notExecutable(start: DeviceModelStart, errno: string): XenImageError {
  const { program, domid, name } = start;
  return new XenImageError('DEVICE_MODEL_NOT_EXECUTABLE', `the device model ${program} cannot be executed (${errno})`, {
    phase: 'device-model',
    domain: { domid, name },
    call: 'execve',
    errno,
  });
}

/** Waits for readiness that never comes. */
async function hang(start: DeviceModelStart, signal: AbortSignal | undefined): Promise<never> {
  const timeoutMs = start.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    signal?.addEventListener('abort', done);
  });
  throwIfAborted(signal);
  throw deviceModelError('DEVICE_MODEL_TIMEOUT', start, `was not ready within ${timeoutMs} ms`, []);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new XenImageError('ABORTED', 'the start of the device model was aborted', { cause: signal.reason });
}
