import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import createDebug from 'debug';
import {
  isXenImageError,
  XenImageError,
  type DeviceModelStart,
  type Posix,
  type StartedProgram,
} from '@xen-image/core';
import { STATE_FD } from '../dialects/qemu-xen/index.js';
import type { OpenLog } from './log-file.js';
import { openForChild } from './sentinel.js';
import { fileFailure, unsafe } from './unsafe.js';

const debug = createDebug('xen-image:device-model');

/** Descriptor by which a device model holds its sentinel; the one before it, `STATE_FD`, is for saved state. */
export const SENTINEL_FD = 4;

/** What a device model's process begins with. */
export interface Beginning {
  readonly log: OpenLog;
  readonly sentinel: string;
}

/** Its control socket is for root alone, whatever the umask of whoever starts it. */
const UMASK = 0o077;

/**
 * Starts a device model's process: a session of its own, so that it outlives this process and its terminal; standard input from
 * /dev/null, output to its log, and the writing end of its sentinel. It inherits nothing else that this process opened.
 *
 * @throws XenImageError `DEVICE_MODEL_NOT_EXECUTABLE` with the errno
 */
export async function startProcess(
  posix: Posix,
  start: DeviceModelStart,
  { log, sentinel }: Beginning,
): Promise<StartedProgram> {
  let ends;
  const state = openState(start);
  try {
    ends = openForChild(sentinel);
  } catch (error) {
    if (state !== undefined) closeSync(state);
    throw fileFailure(error, 'cannot open the sentinel', sentinel);
  }
  try {
    const { program, args } = start;
    const environment = { ...process.env, ...start.environment };
    const descriptors = {
      ...{ 1: log.fd, 2: log.fd, [SENTINEL_FD]: ends.writer },
      ...(state === undefined ? {} : { [STATE_FD]: state }),
    };
    const started = await posix.spawn({ program, args, environment, descriptors, umask: UMASK });
    debug('domain %d: %s has pid %d', start.domid, program, started.pid);
    return started;
  } catch (error) {
    throw isXenImageError(error) && error.call === 'execve' ? notExecutable(start, error) : error;
  } finally {
    ends.close();
    if (state !== undefined) closeSync(state);
  }
}

/**
 * The saved state that a device model begins from. It is read with the rights of root, and what stands in it decides what the
 * device model does: nobody else may have written it.
 */
function openState({ restoreFrom }: DeviceModelStart): number | undefined {
  if (restoreFrom === undefined) return undefined;
  let fd: number | undefined;
  try {
    fd = openSync(restoreFrom, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw unsafe(restoreFrom, 'is no plain file');
    if (stats.uid !== process.geteuid?.()) throw unsafe(restoreFrom, `belongs to user ${stats.uid}`);
    if ((stats.mode & 0o022) !== 0) throw unsafe(restoreFrom, 'can be written to by others');
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw fileFailure(error, 'cannot open the saved state', restoreFrom);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EAGAIN: 'The limit of processes is reached (ulimit -u, or TasksMax of the service).',
  EMFILE: 'This process has as many files open as it may (ulimit -n, or LimitNOFILE of the service).',
  ENFILE: 'Domain 0 has as many files open as it may (sysctl fs.file-max).',
  E2BIG: 'An argument, or all of them with the environment, are longer than the kernel takes.',
  ENOMEM: 'Domain 0 has too little memory for another process: give it more.',
};

function notExecutable(start: DeviceModelStart, error: XenImageError): XenImageError {
  const { errno = 'unknown' } = error;
  return new XenImageError(
    'DEVICE_MODEL_NOT_EXECUTABLE',
    `the device model ${start.program} cannot be executed (${errno})`,
    {
      phase: 'device-model',
      call: 'execve',
      errno,
      domain: { domid: start.domid, name: start.name, uuid: start.uuid },
      hint: HINTS[errno] ?? 'Install it (Debian: qemu-system-xen), or name another with device_model_override.',
      cause: error,
    },
  );
}
