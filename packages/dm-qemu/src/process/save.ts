import { chmodSync, closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { openQmp } from '../qmp/commands.js';
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

/** Stops emulation and has the state of all devices written to a new file; it is gone again, and emulation goes on, where that fails. */
export async function saveDeviceModel(socketPath: string, path: string): Promise<void> {
  make(path);
  try {
    const qmp = await openQmp(socketPath, SAVE_TIMEOUT_MS);
    try {
      await qmp.stop();
      await qmp.saveDevices(path).catch(async (error: unknown) => {
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
