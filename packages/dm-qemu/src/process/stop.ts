import { lstatSync, unlinkSync } from 'node:fs';
import createDebug from 'debug';
import { XenImageError, type Posix, type ProcessIdentity, type XenStore } from '@xen-image/core';
import { controlSockets } from '../dialects/qemu-xen/index.js';
import { holdersOf } from './holders.js';
import { chrootPath, groupOf, removeChroot } from '../restrict/chroot.js';
import { endProcessesOf } from '../restrict/leftovers.js';
import { ownUid } from '../restrict/users.js';
import type { Places } from './places.js';
import { type DeviceModelRecord, readRecord, removeNodes, removeRecord } from './record.js';
import { isHeldByAnyone, removeSentinel, sentinelsOf } from './sentinel.js';
import { removeTapPipes } from './taps.js';

const debug = createDebug('xen-image:device-model');

/** How long a device model may take to end when it is asked to, and once more when it is killed: xend's 10 s. */
const STOP_WAIT_MS = 10_000;

/** Waits for a process to end. @returns whether it has */
async function endsWithin(posix: Posix, process: ProcessIdentity, limitMs: number): Promise<boolean> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    await posix.waitForExit(process, limit);
    return true;
  } catch (error) {
    if (limit.aborted) return false;
    throw error;
  }
}

/**
 * Ends a process: SIGHUP, and SIGKILL where it takes more than 10 s. A process that is gone is passed over, and another
 * that has its pid by now is never signalled.
 *
 * @throws XenImageError `DEVICE_MODEL_LINGERS` where it outlives SIGKILL by as long
 */
export async function endProcess(posix: Posix, process: ProcessIdentity, waitMs = STOP_WAIT_MS): Promise<void> {
  if (!(await posix.signal(process, 'SIGHUP'))) return;
  if (await endsWithin(posix, process, waitMs)) return;
  debug('pid %d took more than %d ms to end: it is killed', process.pid, waitMs);
  if (!(await posix.signal(process, 'SIGKILL'))) return;
  if (await endsWithin(posix, process, waitMs)) return;
  throw new XenImageError(
    'DEVICE_MODEL_LINGERS',
    `the device model (pid ${process.pid}) does not end though it was killed`,
    {
      phase: 'device-model',
      data: { pid: process.pid },
      hint: 'It waits in the kernel, mostly for a disk or a network file system. It ends when that answers.',
    },
  );
}

/** What stopping needs. */
export interface StopPorts {
  readonly store: XenStore;
  readonly posix: Posix;
}

/**
 * Stops a domain's device model, then removes its nodes, its pipes to block-tap, the control sockets that one which was
 * killed leaves, and its sentinel. Whatever of it is gone already is passed over.
 *
 * Its record goes first: whoever watches it knows by that that its end is wanted. Where a toolstack died before it
 * wrote the record, or after it removed it, the process is found by the sentinel that it holds.
 *
 * @returns the process that was to be stopped, where it was recorded
 */
export async function stopDeviceModel(
  { store, posix }: StopPorts,
  places: Places,
  domid: number,
): Promise<ProcessIdentity | undefined> {
  const record = await readRecord(store, domid);
  const process = record?.process;
  await removeRecord(store, domid);
  if (process !== undefined) await endProcess(posix, process);
  const gid = groupOf(chrootPath(domid, places.runDirectory));
  // Before the holders of its sentinel, who are asked first and given time: a guest that got the better of it may have made many.
  await endOthers(posix, places, domid, record);
  const sentinels = await sentinelsOf(places.sentinelDirectory, domid);
  for (const sentinel of sentinels) if (isHeldByAnyone(sentinel)) await endHolders(posix, sentinel, gid);
  await removeNodes(store, domid);
  await removeTapPipes(places.tapDirectory, domid);
  removeControlSockets(domid, places);
  for (const sentinel of sentinels) await removeSentinel(sentinel);
  return process;
}

/** Ends what a restricted device model left behind, and removes its root directory. */
async function endOthers(
  posix: Posix,
  places: Places,
  domid: number,
  record: DeviceModelRecord | undefined,
): Promise<void> {
  const chroot = chrootPath(domid, places.runDirectory);
  const isThere = lstatSync(chroot, { throwIfNoEntry: false }) !== undefined;
  // Where a toolstack died before it wrote the record, the directory tells that there was a user of its own.
  const uid =
    record === undefined && isThere ? ownUid(domid, places) : record?.ownUser === true ? record.uid : undefined;
  if (uid !== undefined) await endProcessesOf(posix, uid);
  if (isThere) removeChroot(chroot);
}

/** Removes the control sockets that a device model which was killed, or gave up its rights, leaves. */
export function removeControlSockets(domid: number, { runDirectory }: Places): void {
  for (const socket of controlSockets(domid, runDirectory)) removeSocket(socket);
}

function removeSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}

async function endHolders(posix: Posix, sentinel: string, gid: number | undefined): Promise<void> {
  for (const pid of await holdersOf(sentinel, gid)) {
    const holder = await posix.identify(pid);
    if (holder !== undefined) await endProcess(posix, holder);
  }
}
