import { Toolstack, type Plugin } from '@xen-image/core';
import type { Io } from '../io.js';
import { openDriver, type Driver } from './driver.js';

/**
 * Does something with a toolstack over a driver, and lets go of the driver whatever happens.
 *
 * @param plugins - beside the driver's; none for acting on domains that exist
 */
export async function withDriver<T>(
  io: Io,
  options: Readonly<Record<string, unknown>>,
  work: (toolstack: Toolstack, driver: Driver) => Promise<T>,
  plugins: readonly Plugin[] = [],
): Promise<T> {
  const driver = await openDriver(options, io.env);
  try {
    return await work(new Toolstack({ plugins: [...plugins, ...driver.plugins] }), driver);
  } finally {
    driver.close();
  }
}
