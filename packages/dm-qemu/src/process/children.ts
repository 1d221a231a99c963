import type { DeviceModelEnd, StartedProgram } from '@xen-image/core';

/** The device models that this process started: of them alone it is known how they end. */
export interface Children {
  /** @returns how it ends, once it does */
  add(domid: number, child: StartedProgram): Promise<DeviceModelEnd>;
  /** The domain's, where one was started and has not ended. */
  of(domid: number): StartedProgram | undefined;
  /** How one ended, once it has; `undefined` for a process that is not one of them. */
  ended(pid: number): Promise<DeviceModelEnd> | undefined;
  forget(pid: number): void;
}

/** One for each process: whatever starts device models and whatever watches them share it. */
export function createChildren(): Children {
  const ends = new Map<number, Promise<DeviceModelEnd>>();
  const running = new Map<number, StartedProgram>();
  return {
    add(domid, child) {
      running.set(domid, child);
      const ended = child.ended.then((end) => {
        if (running.get(domid) === child) running.delete(domid);
        return end;
      });
      ends.set(child.pid, ended);
      return ended;
    },
    of: (domid) => running.get(domid),
    ended: (pid) => ends.get(pid),
    forget: (pid) => void ends.delete(pid),
  };
}
