import { isXenImageError, XenImageError } from '@xen-image/core';
import { directoryPartRequest, directoryRequest } from './requests.js';
import type { Request } from './requests.js';

const MOST_RESTARTS = 16;

/**
 * Lists a directory of any size.
 *
 * The C daemon refuses a list that exceeds a message (`E2BIG`) and then sends it in parts; a list that changed between
 * two parts is read anew, up to a bound. oxenstored has no parts: it sends the whole list over its socket, and over a
 * domain's ring none at all.
 *
 * @throws XenImageError `XENSTORE_DIRECTORY_CHANGING` for one that never holds still; `XENSTORE_TOO_BIG` where the
 * daemon has no parts, or for a list beyond `maxBytes`
 */
export async function listDirectory(
  send: <T>(request: Request<T>) => Promise<T>,
  path: string,
  maxBytes: number,
): Promise<string[]> {
  try {
    return await send(directoryRequest(path));
  } catch (error) {
    if (!isXenImageError(error) || error.code !== 'XENSTORE_TOO_BIG') throw error;
    try {
      return await inParts(send, path, maxBytes);
    } catch (partError) {
      if (isXenImageError(partError) && partError.code === 'XENSTORE_NOSYS') throw error;
      throw partError;
    }
  }
}

async function inParts(
  send: <T>(request: Request<T>) => Promise<T>,
  path: string,
  maxBytes: number,
): Promise<string[]> {
  for (let restart = 0; restart < MOST_RESTARTS; restart += 1) {
    const names: string[] = [];
    let generation: string | undefined;
    let offset = 0;
    for (;;) {
      const part = await send(directoryPartRequest(path, offset));
      generation ??= part.generation;
      if (part.generation !== generation) break;
      names.push(...part.names);
      if (part.last) return names;
      offset += part.bytes;
      if (offset > maxBytes) throw endless(path, maxBytes);
    }
  }
  throw new XenImageError(
    'XENSTORE_DIRECTORY_CHANGING',
    `xenstore directory ${path} changed while it was read, ${MOST_RESTARTS} times`,
    { call: 'DIRECTORY_PART', data: { op: 'DIRECTORY_PART', path }, hint: 'Try again, or list it in a transaction.' },
  );
}

function endless(path: string, maxBytes: number): XenImageError {
  return new XenImageError('XENSTORE_TOO_BIG', `the children of ${path} have more than ${maxBytes} bytes of names`, {
    call: 'DIRECTORY_PART',
    errno: 'E2BIG',
    data: { op: 'DIRECTORY_PART', path, maxBytes },
    hint: 'maxDirectoryBytes of the client sets the bound.',
  });
}
