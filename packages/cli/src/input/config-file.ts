import { checkConfigSize, decodeConfigBytes } from '@xen-image/core';
import type { Io } from '../io.js';
import { readInput, STDIN } from './read-file.js';

/** A configuration's text, and the name it goes by in messages. */
export interface ConfigFile {
  readonly text: string;
  readonly file: string;
}

/**
 * Reads the configuration a user named.
 *
 * @throws XenImageError `CONFIG_FILE_MISSING`, `CONFIG_FILE_DIRECTORY`, `CONFIG_FILE_UNREADABLE`, `CONFIG_TOO_LARGE`,
 * `CONFIG_NOT_TEXT`
 */
export async function readConfigFile(io: Io, file: string): Promise<ConfigFile> {
  const bytes = await readInput(io, file, {
    what: 'configuration',
    code: 'CONFIG_FILE',
    checkSize: checkConfigSize,
  });
  const name = file === STDIN ? 'stdin' : file;
  return { text: decodeConfigBytes(bytes, name), file: name };
}
