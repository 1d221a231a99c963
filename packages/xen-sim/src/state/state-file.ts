import { closeSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { XenImageError } from '@xen-image/core';
import { parsePermissions, spellPermissions } from '../store/permissions.js';
import type { StoreChange } from '../store/tree.js';
import type { MachineData } from './machine-data.js';

/** The format that this simulator writes; another one is refused. */
const FORMAT = 1;
/** The version stands first in the file, so that looking for news reads no more than this. */
const HEAD = /^\{"xenSim":1,"version":(\d+),/;
const HEAD_BYTES = 64;

/** A change for watches of other processes: its number, the change, its permissions as on the wire. */
export type NumberedChange = readonly [number: number, path: string, exact: 0 | 1, permissions: string];

/** The form for a file. */
export function numberedChange(number: number, { path, exact, permissions }: StoreChange): NumberedChange {
  return [number, path, exact ? 1 : 0, spellPermissions(permissions)];
}

/** Reads the form for a file. */
export function changeFrom([, path, exact, permissions]: NumberedChange): StoreChange {
  return { path, exact: exact === 1, permissions: parsePermissions(permissions) };
}

/** What a state file holds. */
export interface StateFileData {
  /** Counts writes of the file. */
  readonly version: number;
  /** The latest changes of the store. */
  readonly changes: readonly NumberedChange[];
  readonly machine: MachineData;
}

/**
 * The version of a state file; 0 where there is none yet.
 *
 * @throws XenImageError `STATE_FILE_BROKEN` for a file that this simulator has not written
 */
export function versionOf(file: string): number {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw unusable(file, error);
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const text = head.toString('latin1', 0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
    const version = HEAD.exec(text)?.[1];
    if (version === undefined) throw broken(file, 'it does not begin as one');
    return Number(version);
  } catch (error) {
    throw error instanceof XenImageError ? error : unusable(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a state file. Throws `STATE_FILE_BROKEN`. */
export function readStateFile(file: string): StateFileData {
  try {
    const { xenSim, ...data } = JSON.parse(readFileSync(file, 'utf8')) as StateFileData & { xenSim: number };
    if (xenSim !== FORMAT) throw broken(file, `its format is ${xenSim}, not ${FORMAT}`);
    return data;
  } catch (error) {
    if (error instanceof XenImageError) throw error;
    if (error instanceof SyntaxError) throw broken(file, error.message);
    throw unusable(file, error);
  }
}

/**
 * Replaces a state file in one step. Only who holds the lock of the version does. Users other than the owner cannot
 * read it.
 */
export function writeStateFile(file: string, { version, changes, machine }: StateFileData): void {
  const temporary = `${file}.tmp`;
  try {
    writeNew(temporary, JSON.stringify({ xenSim: FORMAT, version, changes, machine }));
    renameSync(temporary, file);
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Writes a file that is made for it: what stands at the path, be it somebody's link, is removed and not followed. */
function writeNew(path: string, content: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
}

/** The error for a state file that the system does not let be used. */
export function unusable(file: string, error: unknown): XenImageError {
  const { code = 'unknown', syscall } = error as NodeJS.ErrnoException;
  return new XenImageError('STATE_FILE_UNUSABLE', `the state file ${file} cannot be used: ${code}`, {
    errno: code,
    ...(syscall === undefined ? {} : { call: syscall }),
    data: { file },
    cause: error,
  });
}

function broken(file: string, why: string): XenImageError {
  return new XenImageError('STATE_FILE_BROKEN', `${file} is not the state of a simulated host: ${why}`, {
    data: { file },
    hint: 'Name another file, or remove this one to begin with a new host.',
  });
}
