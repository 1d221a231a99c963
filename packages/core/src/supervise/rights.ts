import type { KeptDomains } from '../contract/ports/kept-domains.js';
import type { FileLock } from '../contract/ports/posix.js';
import { XenImageError } from '../errors.js';

/** The right to act on all domains. */
const SUPERVISOR = 'supervisor';

/** How long the right is tried for: others take it for a moment, to see whether it is taken. */
const TRIES = 10;
const TRY_INTERVAL_MS = 50;

/** Whether a process supervises all domains. */
export async function isSupervised(kept: KeptDomains): Promise<boolean> {
  try {
    const lock = await kept.tryLock(SUPERVISOR);
    await lock?.release();
    return lock === undefined;
  } catch {
    // What cannot be locked by this process is not held by one that could.
    return false;
  }
}

/**
 * Takes the right to act on all domains.
 *
 * @throws XenImageError `SUPERVISOR_RUNS`
 */
export async function claimSupervision(kept: KeptDomains): Promise<FileLock> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, TRY_INTERVAL_MS));
    const lock = await kept.tryLock(SUPERVISOR);
    if (lock !== undefined) return lock;
  }
  throw new XenImageError('SUPERVISOR_RUNS', 'another process supervises the domains of this host', {
    hint: 'One is enough. systemctl status xen-image-watch shows it where it is a service.',
  });
}
