import { Toolstack } from '@xen-image/core';
import type { Io } from '../io.js';
import { openDriver, type Driver, type DriverOptions } from './driver.js';

/** A toolstack for acting on domains that exist: a driver, and no handlers. */
export async function openActing(
  io: Io,
  options: Readonly<Record<string, unknown>>,
): Promise<{ readonly toolstack: Toolstack; readonly driver: Driver }> {
  const driver = await openDriver(options as DriverOptions, io.env);
  return { toolstack: new Toolstack({ plugins: driver.plugins }), driver };
}
