import { XenImageError, type Plugin } from '@xen-image/core';
import type { Io } from '../io.js';
import { isDom0 } from './dom0.js';
import { simStateFile } from './sim-state.js';

/** Options that name a driver, as commander gives them. */
export interface DriverOptions {
  readonly driver?: 'libxc' | 'sim';
  readonly simState?: string;
  readonly allowUntestedAbi?: boolean;
}

/** A hypervisor to act on. */
export interface Driver {
  readonly name: 'libxc' | 'sim';
  readonly plugins: readonly Plugin[];
  /** The file that holds the simulated host. */
  readonly simState?: string;
  /** Lets go of what was opened. */
  close(): void;
}

/** The Xen that this machine is the control domain of. */
export async function openLibxc({ allowUntestedAbi = false }: DriverOptions): Promise<Driver> {
  const { libxcPlugins } = await import('./libxc.js');
  return { name: 'libxc', plugins: libxcPlugins({ allowUntestedAbi }), close: () => undefined };
}

/** The simulated host that a file holds; a new one where there is no such file. */
export async function openSim(options: DriverOptions, env: Io['env']): Promise<Driver> {
  const stateFile = await simStateFile(options.simState, env);
  const { openSimulator } = await import('@xen-image/xen-sim');
  const { keptBeside } = await import('./kept-beside.js');
  const simulator = openSimulator({ stateFile });
  return {
    name: 'sim',
    plugins: [simulator.plugin, simulator.ia64Plugin, keptBeside(stateFile)],
    simState: stateFile,
    close: () => {
      simulator.close();
    },
  };
}

/** Opens the driver of a command. */
export type OpenDriver = (options: DriverOptions, env: Io['env']) => Promise<Driver>;

/**
 * The driver for commands that act: the one that is named, or the Xen this runs on.
 *
 * @param openXen - opens the latter
 * @throws XenImageError `NOT_A_DOM0`
 */
export async function openDriver(
  options: DriverOptions,
  env: Io['env'],
  openXen: OpenDriver = openLibxc,
): Promise<Driver> {
  if (options.driver === 'sim') return openSim(options, env);
  if (options.driver === 'libxc' || isDom0()) return openXen(options, env);
  throw new XenImageError('NOT_A_DOM0', 'this machine is not the control domain (dom0) of a Xen host', {
    phase: 'connect',
    hint: 'Run this in dom0 as root, or on a simulated host: --driver sim',
  });
}
