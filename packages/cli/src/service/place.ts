import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { SERVICE_SOCKET } from './protocol.js';

/** The variable that names another socket, or `off`. */
export const SERVICE_VARIABLE = 'XEN_IMAGE_SERVICE';

/** Where the service listens, or is asked; nothing where none is wanted. */
export function serviceSocket(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = env[SERVICE_VARIABLE] ?? '';
  if (named === 'off') return undefined;
  return named === '' ? SERVICE_SOCKET : named;
}

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Whether only root, or this user, can have put what stands at a path there: the directory and what is in it belong to
 * one of them, and nobody else can write to the directory. What the service is told holds whatever the environment does.
 */
export function isOwnPlace(path: string, user = process.geteuid?.() ?? 0): boolean {
  const directory = lstatSync(dirname(path), { throwIfNoEntry: false });
  if (directory?.isDirectory() !== true || (directory.mode & WRITABLE_BY_OTHERS) !== 0) return false;
  const found = lstatSync(path, { throwIfNoEntry: false });
  const mine = (uid: number): boolean => uid === 0 || uid === user;
  return mine(directory.uid) && (found === undefined || (found.isSocket() && mine(found.uid)));
}
