import type { ChildProcess } from 'node:child_process';
import type { DeviceModelEnd } from '@xen-image/core';
import { endOf } from './end.js';

/** The device models that this process started: of them alone it is known how they end. */
export interface Children {
  /** @returns how it ends, once it does */
  add(pid: number, child: ChildProcess): Promise<DeviceModelEnd>;
  /** How one ended, once it has; `undefined` for a process that is not one of them. */
  ended(pid: number): Promise<DeviceModelEnd> | undefined;
  forget(pid: number): void;
}

/** One for each process: whatever starts device models and whatever watches them share it. */
export function createChildren(): Children {
  const ends = new Map<number, Promise<DeviceModelEnd>>();
  return {
    add(pid, child) {
      const ended = new Promise<DeviceModelEnd>((resolve) => {
        child.once('exit', (status, signal) => {
          resolve(endOf(status, signal));
        });
      });
      ends.set(pid, ended);
      return ended;
    },
    ended: (pid) => ends.get(pid),
    forget: (pid) => void ends.delete(pid),
  };
}
