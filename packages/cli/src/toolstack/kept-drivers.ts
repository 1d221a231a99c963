import type { Plugin } from '@xen-image/core';
import type { Io } from '../io.js';
import { openDriver, type Driver, type DriverOptions, type OpenDriver } from './driver.js';
import type { HostPlugins } from './libxc.js';

/** What a service keeps between commands. */
export interface KeptDrivers {
  /** As {@link openDriver}; of the Xen that this runs on, with what an earlier command of the same kind has opened. */
  readonly open: OpenDriver;
  /** Lets go of all that no command uses; what is in use goes with its last user. */
  forget(): void;
}

/** How drivers are kept. */
export interface KeptDriversOptions {
  /** Makes what is kept. */
  readonly make?: (options: DriverOptions) => Promise<HostPlugins>;
  /** How long it is kept once no command uses it, in milliseconds. */
  readonly idleMs?: number;
}

/** What is kept includes unpacked kernels: dom0 has the memory back when nothing is created any more. */
const IDLE_MS = 300_000;
/** Kinds: whoever has more of them at once has their drivers made anew. */
const MOST_KEPT = 4;

/** What differs between drivers: how Xen's libraries are taken, and the variables that say where Xen and xenstore are. */
function kindOf({ allowUntestedAbi = false }: DriverOptions, env: Io['env']): string {
  const variables = Object.entries(env).filter(([name]) => name.startsWith('XEN'));
  return JSON.stringify([allowUntestedAbi, variables.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

async function hostPlugins(options: DriverOptions): Promise<HostPlugins> {
  const { keptHostPlugins } = await import('./libxc.js');
  return keptHostPlugins(options);
}

/**
 * Keeps what commands open of the host: Xen's libraries, their idle connections to the hypervisor and to xenstore, unpacked
 * kernels. A command has a toolstack and device models of its own over it.
 */
export function keptDrivers({ make = hostPlugins, idleMs = IDLE_MS }: KeptDriversOptions = {}): KeptDrivers {
  /** By kind, the one used last at the end. */
  const kept = new Map<string, Promise<HostPlugins>>();
  let users = 0;
  let timer: NodeJS.Timeout | undefined;

  const find = (kind: string, options: DriverOptions): Promise<HostPlugins> => {
    const found = kept.get(kind) ?? make(options);
    kept.delete(kind);
    kept.set(kind, found);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    found.catch(() => {
      if (kept.get(kind) === found) kept.delete(kind);
    });
    return found;
  };
  const forget = (): void => {
    clearTimeout(timer);
    timer = undefined;
    kept.clear();
  };
  const enter = (): (() => void) => {
    users += 1;
    clearTimeout(timer);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      users -= 1;
      if (users === 0) timer = setTimeout(forget, idleMs).unref();
    };
  };
  const openXen = async (options: DriverOptions, env: Io['env']): Promise<Driver> => {
    const leave = enter();
    try {
      const { shared, own } = await find(kindOf(options, env), options);
      const plugins: readonly Plugin[] = [...shared, ...own()];
      return { name: 'libxc', plugins, close: leave };
    } catch (error) {
      leave();
      throw error;
    }
  };
  return { open: (options, env) => openDriver(options, env, openXen), forget };
}
