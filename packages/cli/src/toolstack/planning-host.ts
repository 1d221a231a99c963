import { XenImageError, type HostFacts, type Plugin } from '@xen-image/core';
import { readHostFacts } from '../input/host-facts-file.js';
import type { Io } from '../io.js';
import { builtInFacts } from './built-in-facts.js';
import { isDom0 } from './dom0.js';
import { openLibxc, openSim, type DriverOptions } from './driver.js';
import { paperHostPlugin } from './paper-host.js';
import { MODERN } from './plugins.js';

/** Options that say which host a plan is for. */
export interface PlanningHostOptions extends DriverOptions {
  readonly host?: string;
  readonly profile?: string;
  readonly arch?: string;
}

/** The host that a plan is for. */
export interface PlanningHost {
  readonly source: 'this-host' | 'simulated' | 'file' | 'built-in';
  /** As in "planned for …". */
  readonly name: string;
  readonly plugins: readonly Plugin[];
  /** Absent where a driver gathers them. */
  readonly facts?: HostFacts;
}

/** The host that was asked for, else the one this is, else a typical one. */
export async function planningHost(io: Io, options: PlanningHostOptions): Promise<PlanningHost> {
  const { host, driver, profile = MODERN, arch } = options;
  if (host !== undefined) {
    if (driver !== undefined) {
      throw new XenImageError('USAGE', '--host and --driver name two hosts', { hint: 'Give one of them.' });
    }
    const facts = await readHostFacts(io, host);
    return { source: 'file', name: `the host that ${host} describes`, ...onPaper(facts) };
  }
  if (driver === 'sim') {
    const { plugins, simState = '' } = await openSim(options, io.env);
    return { source: 'simulated', name: `the simulated host in ${simState}`, plugins };
  }
  if (driver === 'libxc' || (await isDom0())) {
    const { plugins } = await openLibxc();
    return { source: 'this-host', name: 'this host', plugins };
  }
  const { name, facts } = builtInFacts(profile, arch);
  return {
    source: 'built-in',
    name: `${name} (built-in facts: this machine is no dom0, and --host names none)`,
    ...onPaper(facts),
  };
}

function onPaper(facts: HostFacts): Pick<PlanningHost, 'plugins' | 'facts'> {
  return { plugins: [paperHostPlugin(facts)], facts };
}
