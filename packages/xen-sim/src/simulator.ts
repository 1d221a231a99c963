import type { Plugin } from '@xen-image/core';
import { givenFiles } from './host/given-files.js';
import { withHostPackages } from './host/host-files.js';
import { realFiles } from './host/real-files.js';
import { bootMachine } from './hypervisor/boot.js';
import { hostClock, hostOptions, machineSettings, type SimulatorOptions } from './options.js';
import { portsPlugin } from './plugin.js';
import { IA64_PORT, PORTS, type PortEntry, type World } from './ports/all.js';
import { owners } from './ports/owners.js';
import { Session } from './ports/session.js';
import { MemoryCell } from './state/memory-cell.js';

/** A simulated host and the plugin that drives it. */
export interface Simulator {
  /** All ports of the host, for a toolstack. */
  readonly plugin: Plugin;
  /** The port that only ia64 has, for a toolstack with handlers of that arch. */
  readonly ia64Plugin: Plugin;
}

/** Opens a simulated host: a new one in memory, or the one that a file keeps. */
export function openSimulator(options: SimulatorOptions = {}): Simulator {
  const { host, files = 'real' } = options;
  const hostOptionsNow = hostOptions(host);
  const world: World = {
    files: files === 'real' ? withHostPackages(realFiles, hostOptionsNow) : givenFiles(files),
    behaviour: options.deviceModel ?? (() => 'runs'),
    options: hostOptionsNow,
    bridges: host?.bridges ?? [hostOptionsNow.defaultBridge],
    clock: hostClock(host),
  };
  const cell = new MemoryCell(bootMachine(machineSettings(host)));
  const session = new Session(cell, owners.begin());
  const factory = (entry: PortEntry): object => entry.create(session, world);
  return {
    plugin: portsPlugin('@xen-image/xen-sim', PORTS, factory),
    ia64Plugin: portsPlugin('@xen-image/xen-sim/ia64', [IA64_PORT], factory),
  };
}
