import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import createDebug from 'debug';
import { XenImageError, type DeviceModelStart } from '@xen-image/core';
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

/** A process that has executed its program. */
export type Child = ChildProcess & { readonly pid: number };

/**
 * Starts a device model's process: a session of its own, so that it outlives this process and its terminal; standard input from
 * /dev/null, output to its log, and the writing end of its sentinel. It inherits nothing else that this process opened.
 *
 * @throws XenImageError `DEVICE_MODEL_NOT_EXECUTABLE` with the errno
 */
export async function startProcess(start: DeviceModelStart, { log, sentinel }: Beginning): Promise<Child> {
  let ends;
  const state = openState(start);
  try {
    ends = openForChild(sentinel);
  } catch (error) {
    if (state !== undefined) closeSync(state);
    throw fileFailure(error, 'cannot open the sentinel', sentinel);
  }
  try {
    const stdio = Array.from({ length: SENTINEL_FD + 1 }, (): 'ignore' | number => 'ignore');
    stdio[1] = stdio[2] = log.fd;
    stdio[SENTINEL_FD] = ends.writer;
    if (state !== undefined) stdio[STATE_FD] = state;
    // Its control socket is for root alone, whatever the umask of whoever starts it.
    const env = { ...process.env, ...start.environment };
    const child = closedToOthers(() => spawned(start, { detached: true, stdio, env }));
    await executed(child, start);
    child.unref();
    debug('domain %d: %s has pid %d', start.domid, start.program, child.pid);
    return child as Child;
  } finally {
    ends.close();
    if (state !== undefined) closeSync(state);
  }
}

/** Does what inherits the umask with one that leaves others nothing. A worker cannot set it, and leaves it as it is. */
function closedToOthers<T>(work: () => T): T {
  if (!isMainThread) return work();
  const before = process.umask(0o077);
  try {
    return work();
  } finally {
    process.umask(before);
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

/** Most errnos come as an event; those for which there may be no process at all (ENOMEM, E2BIG) Node throws. */
function spawned(start: DeviceModelStart, options: SpawnOptions): ChildProcess {
  try {
    return spawn(start.program, start.args, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === 'spawn') throw notExecutable(start, error as Error);
    throw error;
  }
}

function executed(child: ChildProcess, start: DeviceModelStart): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(notExecutable(start, error));
    });
  });
}

const HINTS: Readonly<Record<string, string>> = {
  E2BIG: 'An argument, or all of them with the environment, are longer than the kernel takes.',
  ENOMEM: 'Domain 0 has too little memory for another process: give it more.',
};

function notExecutable(start: DeviceModelStart, error: NodeJS.ErrnoException): XenImageError {
  const { code = 'unknown' } = error;
  return new XenImageError(
    'DEVICE_MODEL_NOT_EXECUTABLE',
    `the device model ${start.program} cannot be executed (${code})`,
    {
      phase: 'device-model',
      call: 'execve',
      errno: code,
      domain: { domid: start.domid, name: start.name, uuid: start.uuid },
      hint: HINTS[code] ?? 'Install it (Debian: qemu-system-xen), or name another with device_model_override.',
      cause: error,
    },
  );
}
