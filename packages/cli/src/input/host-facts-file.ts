import { XenImageError, type HostFacts } from '@xen-image/core';
import type { Io } from '../io.js';
import { readInput } from './read-file.js';

/** Host facts take a few hundred bytes; the rest of a plan may stand around them. */
const MAX_BYTES = 16 * 1024 * 1024;

function checkSize(bytes: number, file: string): void {
  if (bytes <= MAX_BYTES) return;
  throw new XenImageError('HOST_FILE_TOO_LARGE', `${file} has more than ${MAX_BYTES} bytes`, {
    phase: 'config',
    hint: 'Give a file that holds the facts of a host as JSON.',
  });
}

/**
 * Reads the facts of a host from a file.
 *
 * @throws XenImageError `HOST_FILE_MISSING`, `HOST_FILE_DIRECTORY`, `HOST_FILE_UNREADABLE`, `HOST_FILE_TOO_LARGE`,
 * `HOST_FACTS_INVALID`
 */
export async function readHostFacts(io: Io, file: string): Promise<HostFacts> {
  const bytes = await readInput(io, file, { what: 'host facts', code: 'HOST_FILE', checkSize });
  // Checking takes a library that no other command needs.
  const { parseHostFacts } = await import('@xen-image/core/schema');
  return parseHostFacts(new TextDecoder().decode(bytes), file);
}
