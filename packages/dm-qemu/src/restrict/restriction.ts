import {
  XenImageError,
  type DeviceModelStart,
  type Posix,
  type PossibleRestriction,
  type Restriction,
  type RestrictionRequest,
} from '@xen-image/core';
import { chrootPath, makeChroot } from './chroot.js';
import { endProcessesOf, processesOf } from './leftovers.js';
import { programRights } from './program.js';
import type { Places } from '../process/places.js';
import { userFor } from './users.js';

/**
 * What a domain's device model can be restricted to on this machine.
 *
 * @throws XenImageError `DEVICE_MODEL_USER`
 */
export async function possibleRestriction(
  { program, domid, user }: RestrictionRequest,
  { runDirectory, sentinelDirectory, userFiles }: Places,
): Promise<PossibleRestriction> {
  const { lacking, sandbox, runWith } = await programRights(program, sentinelDirectory);
  if (lacking !== undefined) return { lacking };
  return {
    chroot: chrootPath(domid, runDirectory),
    user: userFor(domid, user, userFiles),
    ownUser: user === undefined,
    sandbox,
    runWith,
  };
}

function uidOf({ user }: Restriction): number {
  return Number(user.split(':')[0]);
}

function gidOf({ user }: Restriction): number {
  return Number(user.split(':')[1]);
}

/** What is recorded of the user that a device model runs as. */
export function recordedUser({ restriction }: DeviceModelStart): { readonly uid?: number; readonly ownUser?: boolean } {
  if (restriction === undefined) return {};
  return { uid: uidOf(restriction), ownUser: restriction.ownUser };
}

/**
 * Makes ready what a restricted device model needs before it starts: an empty root directory, and a user that nothing
 * else runs as.
 *
 * @throws XenImageError `DEVICE_MODEL_USER` where a named user has processes, `DEVICE_MODEL_LINGERS`
 */
export async function prepareRestriction(posix: Posix, { restriction }: DeviceModelStart): Promise<void> {
  if (restriction === undefined) return;
  const uid = uidOf(restriction);
  if (restriction.ownUser) await endProcessesOf(posix, uid);
  else if (processesOf(uid).length > 0) {
    throw new XenImageError('DEVICE_MODEL_USER', `other processes run as user ${uid}, which the device model would`, {
      phase: 'device-model',
      data: { uid, pids: processesOf(uid) },
      hint: "Name a user in device_model_user that is this domain's alone, or leave it out.",
    });
  }
  makeChroot(restriction.chroot, gidOf(restriction));
}
