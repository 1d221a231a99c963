import { closeSync, constants, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import tty from 'node:tty';
import { XenImageError } from '@xen-image/core';

/**
 * Opens a guest's terminal, raw: what is typed goes to the guest alone, and its own terminal driver echoes.
 *
 * @throws XenImageError `CONSOLE_MISSING` where it cannot be opened or is no terminal
 */
export function openTerminal(path: string): Duplex {
  const { O_RDWR, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    throw new XenImageError('CONSOLE_MISSING', `the console cannot be opened: ${message}`, {
      call: 'open',
      errno: code,
      cause: error,
    });
  }
  if (!tty.isatty(fd)) {
    closeSync(fd);
    throw new XenImageError('CONSOLE_MISSING', `${path} is no terminal`, { data: { path } });
  }
  return new tty.ReadStream(fd).setRawMode(true);
}
