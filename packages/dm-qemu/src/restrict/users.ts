import { readFileSync } from 'node:fs';
import { FIRST_DEVICE_MODEL_UID, ownUser, XenImageError } from '@xen-image/core';
import { errnoOf, fileFailure } from '../process/unsafe.js';

/** Where users and groups of this machine are looked up. */
export interface UserFiles {
  /** `/etc/passwd`, as passwd(5). */
  readonly passwd: string;
  /** `/etc/group`, as group(5). */
  readonly group: string;
  /** `/etc/subuid` and `/etc/subgid`, as subuid(5): ranges that users may run containers' processes as. */
  readonly subordinate?: readonly string[];
}

const FILES: UserFiles = { passwd: '/etc/passwd', group: '/etc/group', subordinate: ['/etc/subuid', '/etc/subgid'] };

/** The user whose uid is the first of those set aside, as libxl has it (docs/features/qemu-deprivilege.pandoc). */
export const RANGE_BASE = 'xen-qemuuser-range-base';

/** Beyond this a uid is no valid one: -1 of 32 bits is none. */
const LAST_UID = 0xffff_fffe;
/** Xen's greatest domid of a guest is one less (DOMID_FIRST_RESERVED). */
const DOMIDS = 0x7ff0;

interface Entry {
  readonly name: string;
  readonly id: number;
  /** The primary group of a user. */
  readonly gid: number;
}

function linesOf(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fileFailure(error, 'cannot read', path);
  }
}

function entries(path: string): Entry[] {
  return linesOf(path).flatMap(([name = '', , id = '', gid = '']) =>
    /^\d+$/.test(id) ? [{ name, id: Number(id), gid: Number(gid) }] : [],
  );
}

/** Whose range of subordinate ids an id is in. */
function rangeOwner(id: number, { subordinate = [] }: UserFiles): string | undefined {
  const holder = subordinate.flatMap(linesOf).find(([, first = '', count = '']) => {
    return /^\d+$/.test(first) && id >= Number(first) && id < Number(first) + Number(count);
  });
  return holder?.[0];
}

function noUser(message: string, hint: string): XenImageError {
  return new XenImageError('DEVICE_MODEL_USER', message, { phase: 'device-model', hint });
}

/** The uid of domain 0's, if it had one: the user's that libxl looks for too, else our own. */
function firstUid(users: readonly Entry[]): number {
  const base = users.find(({ name }) => name === RANGE_BASE);
  if (base === undefined) return FIRST_DEVICE_MODEL_UID;
  if (base.id !== 0 && base.id + DOMIDS <= LAST_UID) return base.id;
  const hint = `Remove it, or give it another uid: adduser --system --uid ${FIRST_DEVICE_MODEL_UID} --group --no-create-home ${RANGE_BASE}`;
  throw noUser(`the user ${RANGE_BASE} has the uid ${base.id}, which leaves no room for ${DOMIDS} users`, hint);
}

function named(name: string, users: readonly Entry[]): string {
  const user = users.find((entry) => entry.name === name);
  if (user === undefined) {
    throw noUser(`there is no user ${name} that the device model could run as`, 'Make it, or correct the name.');
  }
  if (user.id === 0 || user.gid === 0) {
    throw noUser(`the user ${name} has the uid ${user.id} and the gid ${user.gid}`, 'Name one without rights.');
  }
  return `${user.id}:${user.gid}`;
}

/**
 * The user and the group that a domain's device model runs as: `UID:GID`. Without a name both are the domain's own,
 * numbers that no user and no group of this machine has.
 *
 * @param domid - a placeholder where no domain is made
 * @throws XenImageError `DEVICE_MODEL_USER`
 */
export function userFor(domid: number | string, name: string | undefined, files: UserFiles = FILES): string {
  const users = entries(files.passwd);
  if (name !== undefined) return named(name, users);
  const first = firstUid(users);
  if (typeof domid === 'string') return ownUser(first, domid);
  const uid = first + domid;
  const clash = [...users, ...entries(files.group)].find(({ id, name: other }) => id === uid && other !== RANGE_BASE);
  const holder = clash?.name ?? rangeOwner(uid, files);
  if (holder === undefined) return ownUser(first, domid);
  throw noUser(
    `the device model of domain ${domid} would run as ${uid}, which is ${holder}'s`,
    `Set a range of ${DOMIDS} uids aside, and name the first ${RANGE_BASE}.`,
  );
}

/** The uid of the user that is a domain's own; `undefined` where this machine has none for it. */
export function ownUid(domid: number, { userFiles }: { readonly userFiles?: UserFiles }): number | undefined {
  try {
    return Number(userFor(domid, undefined, userFiles).split(':')[0]);
  } catch {
    return undefined;
  }
}
