import type { Plugin } from '@xen-image/core';
import { endProcess } from './devicemodel/end.js';
import { FaultInjector } from './faults/injector.js';
import { withFaults } from './faults/with-faults.js';
import { guestOf, type Guest } from './guest.js';
import { bootMachine } from './hypervisor/boot.js';
import { defragment, fragment } from './hypervisor/fragment.js';
import { scrub } from './hypervisor/memory.js';
import { inspectMachine, type HostSnapshot } from './inspect.js';
import { machineSettings, worldOf, type SimulatorOptions } from './options.js';
import { portsPlugin } from './plugin.js';
import { IA64_PORT, PORTS, type PortEntry } from './ports/all.js';
import { owners } from './ports/owners.js';
import { Session } from './ports/session.js';
import { storeBackend, type SimulatedStoreBackend } from './serve.js';
import type { Cell } from './state/cell.js';
import { FileCell } from './state/file-cell.js';
import { MemoryCell } from './state/memory-cell.js';

/** A simulated host: the plugin that drives it, and what only a test or its operator can do to it. */
export interface Simulator {
  /** All ports of the host, for a toolstack. */
  readonly plugin: Plugin;
  /** The port that only ia64 has, for a toolstack with handlers of that arch; after {@link Simulator.plugin}. */
  readonly ia64Plugin: Plugin;
  /** Faults in calls of the plugin's ports. */
  readonly faults: FaultInjector;
  /** The whole state as plain data: equal before and after whatever gives everything back. */
  inspect(): Promise<HostSnapshot>;
  /** What a guest itself does: its view of the store, its shutdown, its balloon. */
  asDomain(domid: number): Guest;
  /** The store for a server of the wire protocol (`serveStore` of the package xenstore takes it). */
  storeBackend(): SimulatedStoreBackend;
  /**
   * Breaks free memory up: holds one page of each free 2 MiB extent, but for so many that stay whole. Answers how
   * many pages are held.
   */
  fragment(options?: { readonly leave2m?: number }): Promise<number>;
  /** Gives back what {@link Simulator.fragment} holds. */
  defragment(): Promise<void>;
  /** Scrubs so many KiB of freed memory, or all, where the host scrubs `later`. */
  scrub(kib?: number): Promise<void>;
  /** The device model of a domain dies by itself. Answers whether there was one. */
  killDeviceModel(domid: number): Promise<boolean>;
  /**
   * The toolstack's process ends here and now: calls under way are never answered, its locks are free, its journal
   * entries are abandoned. Domains and device models live on. The plugin serves a new process from then on.
   */
  crash(): void;
  /** The host boots anew: no domains, an empty store, another boot id. The journal stays. */
  reboot(): Promise<void>;
  /** Lets go of the state file and ends watches. */
  close(): void;
}

/**
 * Opens a simulated host: a new one in memory, or the one that a file keeps.
 *
 * @throws XenImageError `STATE_FILE_BROKEN` or `STATE_FILE_UNUSABLE`, from the first call on
 */
export function openSimulator(options: SimulatorOptions = {}): Simulator {
  const { host, stateFile } = options;
  const world = worldOf(options);
  const settings = machineSettings(host);
  const boot = () => bootMachine(settings);
  const cell: Cell = stateFile === undefined ? new MemoryCell(boot()) : new FileCell(stateFile, boot, owners);
  const faults = new FaultInjector();
  let session = new Session(cell, owners.begin());
  const guests = new Session(cell, 'guests');
  const made = new Map<PortEntry, object>();
  const factory = (entry: PortEntry): object => {
    const path = { injector: faults, process: session };
    const port = made.get(entry) ?? withFaults(entry.name, entry.create(session, world), path);
    made.set(entry, port);
    return port;
  };
  return {
    plugin: portsPlugin('@xen-image/xen-sim', PORTS, factory),
    ia64Plugin: portsPlugin('@xen-image/xen-sim/ia64', [IA64_PORT], factory),
    faults,
    inspect: () => cell.read(inspectMachine),
    asDomain: (domid) => guestOf(guests, domid),
    storeBackend: () => storeBackend(cell),
    fragment: ({ leave2m = 0 } = {}) => cell.write((machine) => fragment(machine, leave2m)),
    defragment: () => cell.write(defragment),
    scrub: (kib) =>
      cell.write((machine) => {
        scrub(machine, kib);
      }),
    killDeviceModel: (domid) =>
      cell.write((machine) => {
        const process = machine.processes.get(domid);
        if (process !== undefined) endProcess(machine, process);
        return process !== undefined;
      }),
    crash() {
      session.crash();
      owners.end(session.owner);
      session = new Session(cell, owners.begin());
      made.clear();
    },
    reboot: () => cell.replace((machine) => ({ ...bootMachine(machine.settings), journal: machine.journal })),
    close() {
      owners.end(session.owner);
      cell.close();
    },
  };
}
