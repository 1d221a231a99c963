import { closeSync, constants, openSync, writeSync } from 'node:fs';
import createDebug from 'debug';
import type { Posix, ProcessIdentity } from '@xen-image/core';

const debug = createDebug('xen-image:device-model');

/**
 * Lets a device model be ended as any process where memory runs out. A service is kept by its manager (`OOMScoreAdjust` of
 * `xen-image watch`), and what it starts would be kept with it: a device model that takes all memory, as one may that its
 * guest got the better of, would have xenstored and the rest of dom0 ended before it.
 *
 * Where this process may not decide that, the device model stays as it is.
 */
export async function resetOomScore(posix: Pick<Posix, 'identify'>, process: ProcessIdentity): Promise<void> {
  let fd: number | undefined;
  try {
    fd = openSync(`/proc/${process.pid}/oom_score_adj`, constants.O_WRONLY);
    // Looked at now that the descriptor is of whoever has the pid: another is left alone.
    if ((await posix.identify(process.pid))?.startTime === process.startTime) writeSync(fd, '0');
  } catch (error) {
    debug('pid %d keeps its oom_score_adj: %s', process.pid, (error as Error).message);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
