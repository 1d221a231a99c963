import type { ShutdownReason, XenStore } from '@xen-image/core';
import { balloonTo } from './hypervisor/balloon.js';
import { shutdown } from './hypervisor/run-domain.js';
import type { Session } from './ports/session.js';
import { xenStorePort } from './ports/xenstore.js';

/** What a guest itself does on the simulated host. */
export interface Guest {
  /** The store as this guest may see and change it: refusals are `EACCES`, `EPERM`, `ENOSPC` and the like. */
  readonly store: XenStore;
  /** The guest shuts itself down, for whatever reason. */
  shutdown(reason: ShutdownReason): Promise<void>;
  /** Its balloon driver gives memory back, or takes more. */
  balloonTo(targetKib: number): Promise<void>;
}

/** The guest of a domid. */
export function guestOf(session: Session, domid: number): Guest {
  return {
    store: xenStorePort(session, domid),
    shutdown: (reason) =>
      session.write((machine) => {
        shutdown(machine, domid, reason);
      }),
    balloonTo: (targetKib) =>
      session.write((machine) => {
        balloonTo(machine, domid, targetKib);
      }),
  };
}
