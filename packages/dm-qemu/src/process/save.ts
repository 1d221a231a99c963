import { chmodSync, closeSync, constants, linkSync, lstatSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { XenImageError } from '@xen-image/core';
import { openQmp, type Qmp } from '../qmp/commands.js';
import { writtenInChroot } from '../restrict/chroot.js';
import { fileFailure } from './unsafe.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** How long QEMU may take to write the state of its devices: some MiB, onto a disk that may be busy. */
const QMP_TIMEOUT_MS = 60_000;

/**
 * Makes the file that QEMU is to write into, so that it is nobody else's and no link; it holds what the guest's screen shows. One that an
 * earlier save left when it was cut off goes.
 */
function make(path: string): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) rmSync(path);
    closeSync(openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    throw fileFailure(error, 'cannot make the file for saved state', path);
  }
}

/** A device model that gave up its rights: it opens no file but one in its own root directory. */
export interface RestrictedSave {
  readonly chroot: string;
  readonly uid: number;
}

/**
 * Stops emulation and has the state of all devices written to a new file, under its name once it is whole. Where that fails the
 * file is gone again, and emulation goes on.
 */
export async function saveDeviceModel(socketPath: string, path: string, restricted?: RestrictedSave): Promise<void> {
  const partial = `${path}.partial`;
  // QEMU's own working directory is another.
  if (!isAbsolute(path)) throw new TypeError(`${path} is no absolute path`);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw exists(path);
  make(partial);
  try {
    const qmp = await openQmp(socketPath, QMP_TIMEOUT_MS);
    try {
      await qmp.stop();
      try {
        await save(qmp, partial, restricted);
        finish(partial, path);
      } catch (error) {
        await qmp.cont().catch(() => undefined);
        throw error;
      }
    } finally {
      qmp.close();
    }
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Lets emulation go on; the disks are taken back. */
export async function continueDeviceModel(socketPath: string): Promise<void> {
  const qmp = await openQmp(socketPath, QMP_TIMEOUT_MS);
  try {
    await qmp.cont();
  } finally {
    qmp.close();
  }
}

/** Gives the file its name, unless something has it by now. */
function finish(partial: string, path: string): void {
  try {
    linkSync(partial, path);
  } catch (error) {
    throw fileFailure(error, 'cannot name the saved state', path);
  }
}

function exists(path: string): XenImageError {
  return new XenImageError('SYSTEM_CALL_FAILED', `cannot make the file for saved state ${path}: it is there already`, {
    phase: 'device-model',
    call: 'open',
    errno: 'EEXIST',
    data: { path },
  });
}

async function save(qmp: Qmp, path: string, restricted: RestrictedSave | undefined): Promise<void> {
  if (restricted === undefined) {
    await qmp.saveDevices(path);
    return;
  }
  const { chroot, uid } = restricted;
  // The device model keeps its own file open: what is kept is a copy that it cannot change any more.
  const state = await writtenInChroot(chroot, uid, (seen) => qmp.saveDevices(seen));
  try {
    writeFileSync(path, state);
  } catch (error) {
    throw fileFailure(error, 'cannot write the saved state', path);
  }
}
