import { XenImageError, type DeviceModels, type Posix, type ProcessIdentity, type XenStore } from '@xen-image/core';
import { qmpSocketPath } from '../dialects/qemu-xen/index.js';
import { LOG_DIRECTORY } from './log-file.js';
import { connectQmp } from './qmp.js';
import { unlessDead, waitUntilReady } from './ready.js';
import { startProcess } from './start.js';

/** What device models need of the rest of the toolstack. */
export interface DeviceModelPorts {
  readonly store: XenStore;
  readonly posix: Posix;
}

/** Where device models leave files. */
export interface DeviceModelPlaces {
  readonly logDirectory?: string;
  /** Where the control sockets are. */
  readonly runDirectory?: string;
}

/** How long a device model may take to end when it is asked to. */
const STOP_WAIT_MS = 10_000;

const pidNode = (domid: number): string => `/local/domain/${domid}/image/device-model-pid`;
const startTimeNode = (domid: number): string => `/local/domain/${domid}/image/device-model-start-time`;
const ONLY_DOM0 = [{ domid: 0, read: false, write: false }];

async function recorded({ store, posix }: DeviceModelPorts, domid: number): Promise<ProcessIdentity | undefined> {
  const [pidText, startText] = await Promise.all([store.read(pidNode(domid)), store.read(startTimeNode(domid))]);
  const pid = Number(pidText);
  if (pidText === undefined || !Number.isInteger(pid) || pid <= 1) return undefined;
  const now = await posix.identify(pid);
  // Without a start time nothing tells a process from another that has its pid by now.
  return startText !== undefined && now?.startTime === Number(startText) ? now : undefined;
}

async function end(posix: Posix, process: ProcessIdentity): Promise<void> {
  if (!(await posix.signal(process, 'SIGTERM'))) return;
  const limit = AbortSignal.timeout(STOP_WAIT_MS);
  await posix.waitForExit(process, limit).catch((error: unknown) => {
    if (!limit.aborted) throw error;
  });
  if (await posix.signal(process, 'SIGKILL')) await posix.waitForExit(process);
}

async function setVncPassword(socketPath: string, password: string): Promise<void> {
  const qmp = await connectQmp(socketPath);
  try {
    await qmp.execute('change-vnc-password', { password });
  } finally {
    qmp.close();
  }
}

/** `DeviceModels` as processes of this machine, found again by what xenstore keeps of them. */
export function deviceModelsPort(ports: DeviceModelPorts, places: DeviceModelPlaces = {}): DeviceModels {
  const { store, posix } = ports;
  return {
    async start(start, signal) {
      const { domid } = start;
      const started = await startProcess(start, places.logDirectory ?? LOG_DIRECTORY);
      const identity = await posix.identify(started.pid);
      try {
        const nodes = [
          { path: pidNode(domid), value: String(started.pid), permissions: ONLY_DOM0 },
          { path: startTimeNode(domid), value: String(identity?.startTime ?? 0), permissions: ONLY_DOM0 },
        ];
        await store.write(nodes);
        if (start.readiness === 'xenstore') await waitUntilReady(started, start, store, signal);
        if (start.vncPassword !== undefined) {
          const path = qmpSocketPath(domid, places.runDirectory);
          await unlessDead(started, start, setVncPassword(path, start.vncPassword));
        }
      } catch (error) {
        if (identity !== undefined) await end(posix, identity);
        throw error;
      }
      return { pid: started.pid, logPath: started.logPath };
    },
    async stop(domid) {
      const process = await recorded(ports, domid);
      if (process !== undefined) await end(posix, process);
      await store.remove(`/local/domain/0/device-model/${domid}`);
    },
    async resume(domid) {
      if ((await recorded(ports, domid)) !== undefined) return;
      throw new XenImageError('DEVICE_MODEL_DIED', `domain ${domid} has no device model that runs`, {
        phase: 'device-model',
        domain: { domid },
      });
    },
  };
}
