import { stat } from 'node:fs/promises';
import { isXenImageError } from '@xen-image/core';
import { connectError, errnoOf } from '../errors.js';
import { openDevice } from './device.js';
import { openSocket } from './socket.js';
import type { Transport, TransportEvents } from './transport.js';

/**
 * Where xenstore is looked for, in order: `XENSTORED_PATH` of the environment (as libxenstore does), the daemon's socket
 * by its present and its older path, and the kernel's device.
 */
export function defaultAddresses(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const asked = environment['XENSTORED_PATH'];
  if (asked !== undefined && asked !== '') return [asked];
  return ['/run/xenstored/socket', '/var/run/xenstored/socket', '/dev/xen/xenbus'];
}

/**
 * Opens the first address that can be opened: a socket or a character device, by what the file is.
 *
 * @throws XenImageError `XENSTORE_CONNECT`, of the first address that exists, else of the first of all
 */
export async function openTransport(addresses: readonly string[], events: TransportEvents): Promise<Transport> {
  let absent: Error | undefined;
  let failed: Error | undefined;
  for (const address of addresses) {
    try {
      const device = (await stat(address)).isCharacterDevice();
      return device ? openDevice(address, events) : await openSocket(address, events);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') absent ??= connectError(address, error);
      else failed ??= isXenImageError(error) ? error : connectError(address, error);
    }
  }
  throw failed ?? absent ?? new TypeError('no xenstore address was given');
}
