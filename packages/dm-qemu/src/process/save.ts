import { chmodSync, closeSync, constants, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { openQmp, type Qmp } from '../qmp/commands.js';
import { writtenInChroot } from '../restrict/chroot.js';
import { fileFailure } from './unsafe.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** How long QEMU may take to write the state of its devices: some MiB, onto a disk that may be busy. */
const SAVE_TIMEOUT_MS = 60_000;

/** Makes the file that QEMU is to write into, so that it is nobody else's and no link; it holds what the guest's screen shows. */
function make(path: string): void {
  try {
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

/** Stops emulation and has the state of all devices written to a new file; it is gone again, and emulation goes on, where that fails. */
export async function saveDeviceModel(socketPath: string, path: string, restricted?: RestrictedSave): Promise<void> {
  make(path);
  try {
    const qmp = await openQmp(socketPath, SAVE_TIMEOUT_MS);
    try {
      await qmp.stop();
      await save(qmp, path, restricted).catch(async (error: unknown) => {
        await qmp.cont().catch(() => undefined);
        throw error;
      });
    } finally {
      qmp.close();
    }
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
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
