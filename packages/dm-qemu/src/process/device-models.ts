import {
  XenImageError,
  type DeviceModels,
  type DeviceModelStart,
  type Posix,
  type ProcessIdentity,
  type RunningDeviceModel,
  type StoreWrite,
  type XenStore,
} from '@xen-image/core';
import { qmpSocketPath } from '../dialects/qemu-xen/index.js';
import { createChildren, type Children } from './children.js';
import { commandDeviceModel } from './command.js';
import { logLines, logPath, openLog } from './log-file.js';
import { resetOomScore } from './oom-score.js';
import { ownDirectory } from './own-directory.js';
import { placesOf, type DeviceModelPlaces, type Places } from './places.js';
import type { Qmp } from '../qmp/commands.js';
import { chrootPath, closeChroot } from '../restrict/chroot.js';
import { limitsFor } from '../restrict/limits.js';
import { possibleRestriction, prepareRestriction, recordedUser } from '../restrict/restriction.js';
import { unlessDead, waitUntilReady, type Started } from './ready.js';
import { deviceModelDirectory, readRecord, readRecords, recordWrites, vncPortWrite } from './record.js';
import { continueDeviceModel, saveDeviceModel, type RestrictedSave } from './save.js';
import { makeSentinel, removeStaleSentinels } from './sentinel.js';
import { startProcess } from './start.js';
import { removeControlSockets, stopDeviceModel } from './stop.js';
import { makeTapPipes } from './taps.js';
import { Watcher } from './watch.js';

/** What device models need of the rest of the toolstack. */
export interface DeviceModelPorts {
  readonly store: XenStore;
  readonly posix: Posix;
}

/** Whether a command line has a VNC server. */
function hasVnc({ args }: DeviceModelStart): boolean {
  return args.some((arg, index) => args[index - 1] === '-vnc' && !arg.startsWith('none'));
}

/**
 * What is set and asked over the control socket once a QEMU of today is ready. A password that cannot be set is an error:
 * the screen would be open to all. A display that is not told is a warning.
 *
 * @returns the display that it shows the screen on, found or given
 */
async function setUp(start: DeviceModelStart, qmp: Qmp): Promise<number | undefined> {
  const { vncPassword } = start;
  try {
    if (vncPassword !== undefined) await qmp.setVncPassword(vncPassword);
    return hasVnc(start) ? (await qmp.vnc())?.display : undefined;
  } catch (error) {
    if (vncPassword !== undefined) throw error;
    start.onWarning?.('QMP_FAILED', `the display is not known: ${(error as Error).message}`);
    return undefined;
  }
}

/** Waits until a QEMU of today is ready, and sets it up. */
async function readied(
  started: Started,
  start: DeviceModelStart,
  socket: { readonly store: XenStore; readonly socketPath: string },
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const qmp = await waitUntilReady(started, start, socket, signal);
  try {
    return await unlessDead(started, start, setUp(start, qmp));
  } finally {
    qmp.close();
  }
}

/** xend went on without these pipes, and so does this. */
async function prepareTaps({ posix }: DeviceModelPorts, places: Places, start: DeviceModelStart): Promise<void> {
  if (start.tapPipes !== true) return;
  try {
    await makeTapPipes(posix, places.tapDirectory, start.domid);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the block-tap pipes of domain ${start.domid} cannot be made: ${why}`;
    start.onWarning?.('DEVICE_MODEL_TAP_PIPES', message);
  }
}

/** One start under way. */
interface Start {
  readonly ports: DeviceModelPorts;
  readonly places: Places;
  readonly children: Children;
  readonly start: DeviceModelStart;
  readonly signal: AbortSignal | undefined;
}

/** The device model's own directory in xenstore, where its profile has not made it: nothing of it for the guest. */
function directoryWrites({ domid, hasDirectory = false }: DeviceModelStart): StoreWrite[] {
  const permissions = [{ domid: 0, read: false, write: false }];
  return hasDirectory ? [] : [{ path: deviceModelDirectory(domid), value: '', permissions }];
}

async function identified(
  { posix }: DeviceModelPorts,
  started: Started,
  start: DeviceModelStart,
): Promise<ProcessIdentity> {
  const identity = await posix.identify(started.pid);
  if (identity !== undefined) return identity;
  // It is gone already: the news of it are on their way.
  await unlessDead(started, start, new Promise<void>(() => undefined));
  throw new TypeError('a process that ended has not ended');
}

async function begin({ ports, places, children, start, signal }: Start): Promise<RunningDeviceModel> {
  const { store, posix } = ports;
  const { domid, name, uuid } = start;
  await prepareTaps(ports, places, start);
  await prepareRestriction(posix, start);
  removeControlSockets(domid, places);
  ownDirectory(places.sentinelDirectory, 0o700);
  const sentinel = await makeSentinel(posix, places.sentinelDirectory, domid);
  const log = openLog(places.logDirectory, name, places.logGenerations);
  let started: Started;
  try {
    const child = await startProcess(posix, start, { log, sentinel });
    const { from, path } = log;
    started = {
      pid: child.pid,
      logPath: path,
      ended: children.add(domid, child),
      lines: () => logLines(path, from),
    };
  } finally {
    log.close();
  }
  const process = await identified(ports, started, start);
  await resetOomScore(posix, process);
  if (start.restriction !== undefined && posix.limit !== undefined) {
    await unlessDead(started, start, posix.limit(process, limitsFor(start.writes ?? [])));
  }
  const record = { domid, uuid, name, sentinel, logPath: log.path, process, ...recordedUser(start) };
  await store.write([...directoryWrites(start), ...recordWrites(record)]);
  const socketPath = qmpSocketPath(domid, places.runDirectory);
  const display =
    start.readiness === 'xenstore' ? await readied(started, start, { store, socketPath }, signal) : undefined;
  if (display === undefined) return { pid: started.pid, logPath: log.path };
  await store.write([vncPortWrite(domid, display)]);
  return { pid: started.pid, logPath: log.path, vncDisplay: display };
}

/**
 * `DeviceModels` as processes of this machine, found again by what xenstore keeps of them.
 *
 * @param children - shared by all ports of one process, so that each knows how the device models of it end
 */
export function deviceModelsPort(
  ports: DeviceModelPorts,
  given: DeviceModelPlaces = {},
  children: Children = createChildren(),
): DeviceModels {
  const { store, posix } = ports;
  const places = placesOf(given);
  const stop = async (domid: number): Promise<void> => {
    const child = children.of(domid);
    const stopped = await stopDeviceModel(ports, places, domid);
    // A next one of the domain may be started once this is over: the news of this one's end must have come.
    if (child !== undefined && child.pid === stopped?.pid) await children.ended(child.pid);
    if (stopped !== undefined) children.forget(stopped.pid);
  };
  /** Whether a domain's device model runs. */
  const running = async (domid: number): Promise<boolean> => {
    const process = (await readRecord(store, domid))?.process;
    const now = process === undefined ? undefined : await posix.identify(process.pid);
    return now !== undefined && now.startTime === process?.startTime;
  };
  /** What a domain's device model has given up, as far as saving its state needs it. */
  const restricted = async (domid: number): Promise<RestrictedSave | undefined> => {
    const uid = (await readRecord(store, domid))?.uid;
    return uid === undefined ? undefined : { uid, chroot: chrootPath(domid, places.runDirectory) };
  };
  const died = (domid: number): XenImageError =>
    new XenImageError('DEVICE_MODEL_DIED', `domain ${domid} has no device model that runs`, {
      phase: 'device-model',
      domain: { domid },
    });
  return {
    restriction: (request) => possibleRestriction(request, places),
    async start(start, signal) {
      const present = children.of(start.domid);
      if (present !== undefined) return { pid: present.pid, logPath: logPath(places.logDirectory, start.name) };
      try {
        return await begin({ ports, places, children, start, signal });
      } catch (error) {
        // What cannot be taken back now is found by its sentinel later.
        await stop(start.domid).catch(() => undefined);
        throw error;
      }
    },
    stop,
    async resume(domid) {
      if (!(await running(domid))) throw died(domid);
    },
    async *watch(signal) {
      const inUse = async () => new Set((await readRecords(store)).map(({ sentinel }) => sentinel));
      await removeStaleSentinels(places.sentinelDirectory, inUse);
      const watcher = new Watcher({ store, posix, children });
      const close = (): void => {
        watcher.close();
      };
      signal.addEventListener('abort', close, { once: true });
      try {
        if (signal.aborted) return;
        void watcher.run();
        yield* watcher.events;
      } finally {
        signal.removeEventListener('abort', close);
        close();
      }
    },
    async save(domid, path) {
      await saveDeviceModel(qmpSocketPath(domid, places.runDirectory), path, await restricted(domid));
    },
    async cont(domid) {
      if (!(await running(domid))) throw died(domid);
      const { chroot } = (await restricted(domid)) ?? {};
      if (chroot !== undefined) closeChroot(chroot);
      await continueDeviceModel(qmpSocketPath(domid, places.runDirectory));
    },
    command: (domid, command, signal) => commandDeviceModel(ports, domid, command, signal),
  };
}
