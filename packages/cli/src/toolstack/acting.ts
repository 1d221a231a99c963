import { Toolstack, type Plugin } from '@xen-image/core';
import { extendedToolstack, type ConfiguredPlugins, type PluginProblem } from '../plugins/configured.js';
import type { Io } from '../io.js';
import { openDriver, type Driver, type OpenDriver } from './driver.js';

/** What decides over the driver: a command's invocation. */
export interface Acting {
  readonly io: Io;
  readonly options: Readonly<Record<string, unknown>>;
  /** {@link openDriver} where not given. */
  readonly openDriver?: OpenDriver;
}

function open({ io, options, openDriver: own = openDriver }: Acting): Promise<Driver> {
  return own(options, io.env);
}

/**
 * Does something with a toolstack over a driver, and lets go of the driver whatever happens.
 */
export async function withDriver<T>(
  acting: Acting,
  work: (toolstack: Toolstack, driver: Driver) => Promise<T>,
): Promise<T> {
  const driver = await open(acting);
  try {
    return await work(new Toolstack({ plugins: driver.plugins }), driver);
  } finally {
    driver.close();
  }
}

/**
 * The same for making guests: with handlers and dialects, and the plugins that the operator lists.
 *
 * @param plugins - that ship with the command
 */
export async function withPlugins<T>(
  acting: Acting,
  plugins: readonly Plugin[],
  configured: ConfiguredPlugins,
  work: (toolstack: Toolstack, driver: Driver, leftOut: readonly PluginProblem[]) => Promise<T>,
): Promise<T> {
  const driver = await open(acting);
  try {
    const { toolstack, problems } = extendedToolstack({ plugins: [...plugins, ...driver.plugins] }, configured);
    return await work(toolstack, driver, problems);
  } finally {
    driver.close();
  }
}
