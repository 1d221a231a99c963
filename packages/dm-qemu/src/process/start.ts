import { spawn, type ChildProcess } from 'node:child_process';
import createDebug from 'debug';
import { XenImageError, type DeviceModelStart } from '@xen-image/core';
import { logLines, logPath, logSize, openLog } from './log-file.js';

const debug = createDebug('xen-image:device-model');

/** A device model whose process has begun. */
export interface Started {
  readonly pid: number;
  readonly logPath: string;
  /** Resolves with what became of the process when it ends. */
  readonly ended: Promise<string>;
  /** The last lines it wrote. */
  lines(): Promise<readonly string[]>;
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with status ${String(code)}` : `died of ${signal}`;
}

/**
 * Starts a device model's process: a session of its own, so that it outlives this process, standard input from /dev/null,
 * output to its log.
 *
 * @throws XenImageError `DEVICE_MODEL_NOT_EXECUTABLE` with the errno, `DEVICE_MODEL_LOG`
 */
export async function startProcess(start: DeviceModelStart, directory: string): Promise<Started> {
  const path = logPath(directory, start.name);
  const log = await openLog(path);
  try {
    const from = await logSize(log);
    const child = spawn(start.program, start.args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, ...start.environment },
    });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(describeEnd(code, signal));
      });
    });
    await executed(child, start);
    child.unref();
    debug('domain %d: %s has pid %d', start.domid, start.program, child.pid);
    const { pid } = child;
    if (pid === undefined) throw new TypeError('a process that was executed has no pid');
    return { pid, logPath: path, ended, lines: () => logLines(path, from) };
  } finally {
    await log.close();
  }
}

function executed(child: ChildProcess, start: DeviceModelStart): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const { code = 'unknown' } = error;
      reject(
        new XenImageError(
          'DEVICE_MODEL_NOT_EXECUTABLE',
          `the device model ${start.program} cannot be executed (${code})`,
          {
            phase: 'device-model',
            call: 'execve',
            errno: code,
            domain: { domid: start.domid, name: start.name, uuid: start.uuid },
            hint: 'Install it (Debian: qemu-system-xen), or name another with device_model_override.',
            cause: error,
          },
        ),
      );
    });
  });
}
