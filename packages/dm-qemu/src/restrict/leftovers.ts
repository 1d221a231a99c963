import { readdirSync, statSync } from 'node:fs';
import { XenImageError, type Posix } from '@xen-image/core';

/** How often they are looked for: each look ends those that the one before began. */
const LOOKS = 50;
const BETWEEN_MS = 10;

/** Pids of the processes that run as a user. Looks at every process of the machine. */
export function processesOf(uid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => runsAs(pid, uid));
}

function runsAs(pid: number, uid: number): boolean {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}

/**
 * Ends every process of a user that was a device model's own. One that a guest got the better of may have made others; the
 * next domain of this domid would have them among its own.
 *
 * @throws XenImageError `DEVICE_MODEL_LINGERS` where one is found again and again; TypeError for root and for the user that
 * this process runs as, who are no device model's
 */
export async function endProcessesOf(posix: Posix, uid: number): Promise<void> {
  const own = [0, process.getuid?.(), process.geteuid?.()];
  if (!Number.isInteger(uid) || uid < 0 || own.includes(uid))
    throw new TypeError(`${uid} is no device model's own user`);
  let pids: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    pids = [];
    for (const pid of processesOf(uid)) {
      const found = await posix.identify(pid);
      // Looked at again now that it is known who is meant: its pid may be another's since.
      if (found === undefined || !runsAs(pid, uid)) continue;
      pids.push(pid);
      await posix.signal(found, 'SIGKILL');
    }
    if (pids.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  throw new XenImageError('DEVICE_MODEL_LINGERS', `processes of user ${uid} do not end though they were killed`, {
    phase: 'device-model',
    data: { uid, pids },
    hint: 'A device model left them behind. Its guest may have got the better of it: see what they are.',
  });
}
