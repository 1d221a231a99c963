import type { ForeignLibrary, ForeignMemory } from './types.js';
import { signature } from './types.js';

/** How many bytes of a string are read at most where the caller names no limit. */
export const STRING_LIMIT = 65_536;

/**
 * Foreign memory through libc's own copying: both implementations have calls, and calls alone, in common; and no
 * ArrayBuffer is ever laid over memory that C may free.
 */
export function createMemory(libc: ForeignLibrary, addressOf: (buffer: Buffer) => bigint): ForeignMemory {
  const memcpy = libc.bind(signature('memcpy', 'pointer', ['pointer', 'pointer', 'size_t']));
  const strnlen = libc.bind(signature('strnlen', 'size_t', ['pointer', 'size_t']));

  const read = (address: bigint, length: number): Buffer => {
    refuseNull(address);
    const bytes = Buffer.alloc(length);
    if (length > 0) memcpy.call(bytes, address, length);
    return bytes;
  };

  return {
    read,
    write(address, bytes) {
      refuseNull(address);
      if (bytes.length > 0) memcpy.call(address, bytes, bytes.length);
    },
    readString(address, maxLength = STRING_LIMIT) {
      refuseNull(address);
      return read(address, Number(strnlen.call(address, maxLength).result)).toString('utf8');
    },
    addressOf,
  };
}

function refuseNull(address: bigint): void {
  if (address === 0n) throw new TypeError('the address is NULL');
}
