import { inspect } from 'node:util';
import { XenImageError } from '@xen-image/core';
import { connectQmp, type QmpConnection } from './connection.js';

/** What QEMU says of itself: `query-status`. */
export interface QmpStatus {
  readonly running: boolean;
  /** `running`, `paused`, `prelaunch`, `inmigrate`, … */
  readonly status: string;
}

/** Where QEMU shows the screen: `query-vnc`. */
export interface VncServer {
  readonly host: string;
  /** The TCP port less 5900. */
  readonly display: number;
}

/** The commands to a device model that this toolstack uses (qapi/*.json of QEMU). Rejections are those of {@link QmpConnection}. */
export interface Qmp {
  status(): Promise<QmpStatus>;
  /** Waits until it says that it runs: one that is restored reads its state before. */
  untilRunning(): Promise<void>;
  /** Stops emulation: no request of the guest's is answered from then on. */
  stop(): Promise<void>;
  cont(): Promise<void>;
  /** The VNC server, if any. */
  vnc(): Promise<VncServer | undefined>;
  setVncPassword(password: string): Promise<void>;
  /**
   * Writes the state of all emulated devices to a file, without the guest's memory. QEMU opens it: the path is what a
   * chrooted one sees.
   *
   * @param live - whether devices go on; the disks are handed over to another QEMU where not
   */
  saveDevices(path: string, live?: boolean): Promise<void>;
  /** Plugs an emulated device in: `driver` and `id`, and what the driver takes. */
  addDevice(
    device: { readonly driver: string; readonly id: string } & Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Unplugs a device, and waits until the guest has let it go. */
  removeDevice(id: string): Promise<void>;
  /** Writes the screen to a file, as a PPM image. */
  screendump(path: string): Promise<void>;
  close(): void;
}

const FIRST_VNC_PORT = 5900;

function unexpected(command: string, answer: unknown): XenImageError {
  // However deep and long it is: JSON.stringify would not come back from the bottom of what a guest nested.
  const text = inspect(answer, { depth: 2, maxStringLength: 80, maxArrayLength: 8, breakLength: Infinity });
  return new XenImageError('QMP_FAILED', `QEMU: ${command} was answered by ${text.slice(0, 200)}`, {
    phase: 'device-model',
    call: command,
  });
}

function members(command: string, answer: unknown): Readonly<Record<string, unknown>> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw unexpected(command, answer);
  return answer as Readonly<Record<string, unknown>>;
}

function statusOf(answer: unknown): QmpStatus {
  const { running, status } = members('query-status', answer);
  if (typeof running !== 'boolean' || typeof status !== 'string') throw unexpected('query-status', answer);
  return { running, status };
}

function vncOf(answer: unknown): VncServer | undefined {
  const { enabled, host, service } = members('query-vnc', answer);
  if (enabled !== true) return undefined;
  const port = Number(service);
  if (typeof host !== 'string' || !Number.isInteger(port) || port < FIRST_VNC_PORT || port > 65535) {
    throw unexpected('query-vnc', answer);
  }
  return { host, display: port - FIRST_VNC_PORT };
}

/** The typed commands over a connection. */
export function qmpCommands(connection: QmpConnection): Qmp {
  const run = async (command: string, args?: Readonly<Record<string, unknown>>): Promise<void> => {
    await connection.execute(command, args);
  };
  const status = async (): Promise<QmpStatus> => statusOf(await connection.execute('query-status'));
  return {
    status,
    async untilRunning() {
      // Before the question: it could come between answer and wait.
      const resumed = connection.event('RESUME');
      resumed.catch(() => undefined);
      if (!(await status()).running) await resumed;
    },
    stop: () => run('stop'),
    cont: () => run('cont'),
    vnc: async () => vncOf(await connection.execute('query-vnc')),
    setVncPassword: (password) => run('change-vnc-password', { password }),
    saveDevices: (path, live = false) => run('xen-save-devices-state', { filename: path, live }),
    addDevice: (device) => run('device_add', device),
    async removeDevice(id) {
      const gone = connection.event('DEVICE_DELETED', ({ device }) => device === id);
      gone.catch(() => undefined);
      await run('device_del', { id });
      await gone;
    },
    screendump: (path) => run('screendump', { filename: path }),
    close: () => {
      connection.close();
    },
  };
}

/** Connects to QEMU's socket; see {@link connectQmp}. */
export async function openQmp(path: string, timeoutMs?: number, signal?: AbortSignal): Promise<Qmp> {
  return qmpCommands(await connectQmp(path, timeoutMs, signal));
}
