import { Toolstack, XenImageError, type Finding, type HostFacts, type Plugin } from '@xen-image/core';
import { readHostFacts } from '../input/host-facts-file.js';
import type { Io } from '../io.js';
import { builtInFacts } from './built-in-facts.js';
import { isDom0 } from './dom0.js';
import { openLibxc, openSim, type Driver, type DriverOptions } from './driver.js';
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
  /** What looks at the host's files: its driver, or this machine's where the host is known by its facts alone. */
  readonly plugins: readonly Plugin[];
  readonly facts: HostFacts;
  /** What is to be told about how the host was found. */
  readonly findings: readonly Finding[];
  /** Lets go of what was opened. */
  readonly close: () => void;
}

/** The host that was asked for, else the one this is, else a typical one. */
export async function planningHost(io: Io, options: PlanningHostOptions): Promise<PlanningHost> {
  const { host, driver } = options;
  if (host !== undefined) {
    if (driver !== undefined) {
      throw new XenImageError('USAGE', '--host and --driver name two hosts', { hint: 'Give one of them.' });
    }
    return onPaper('file', `the host that ${host} describes`, await readHostFacts(io, host));
  }
  if (driver === 'sim') {
    const simulated = await openSim(options, io.env);
    return driven('simulated', `the simulated host in ${simulated.simState ?? ''}`, simulated);
  }
  if (driver === 'libxc') return driven('this-host', 'this host', await openLibxc(options));
  if (!isDom0()) return builtIn(options, 'this machine is no dom0, and --host names none');
  try {
    return await driven('this-host', 'this host', await openLibxc(options));
  } catch (error) {
    return { ...builtIn(options, 'this host tells nothing'), findings: [unreachable(error)] };
  }
}

async function driven(source: PlanningHost['source'], name: string, driver: Driver): Promise<PlanningHost> {
  const { plugins } = driver;
  const close = (): void => {
    driver.close();
  };
  try {
    const facts = await new Toolstack({ plugins }).hostFacts();
    return { source, name, plugins, facts, findings: [], close };
  } catch (error) {
    close();
    throw error;
  }
}

function onPaper(source: PlanningHost['source'], name: string, facts: HostFacts): PlanningHost {
  return { source, name, facts, plugins: [paperHostPlugin(facts)], findings: [], close: () => undefined };
}

function builtIn({ profile = MODERN, arch }: PlanningHostOptions, why: string): PlanningHost {
  const { name, facts } = builtInFacts(profile, arch);
  return onPaper('built-in', `${name} (built-in facts: ${why})`, facts);
}

/** A user who may not make hypercalls may plan all the same. */
function unreachable(error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return {
    severity: 'warning',
    code: 'HOST_FACTS_UNKNOWN',
    message: `the facts of this host cannot be had: ${message}`,
    hint: 'Root can ask the hypervisor; --host takes facts from a file.',
  };
}
