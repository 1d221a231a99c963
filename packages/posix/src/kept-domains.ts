import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { XenImageError, type KeptDomain, type KeptDomains, type Posix } from '@xen-image/core';
import { filesHint, makeOwnDirectory, requireOwnDirectory } from './own-directory.js';

/** Where domains are kept unless told otherwise: gone with the boot, as the domains are. */
export const KEPT_DOMAINS_DIRECTORY = '/run/xen-image/domains';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RIGHT = /^[0-9a-z-]+$/;
const STATES: readonly unknown[] = ['runs', 'restarting', 'preserved'];

/** How {@link fileKeptDomains} keeps them. */
export interface FileKeptDomainsOptions {
  readonly directory?: string;
}

function parse(text: string, uuid: string): KeptDomain | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const kept = value as Partial<KeptDomain> | null;
  const whole =
    typeof kept === 'object' &&
    kept !== null &&
    kept.uuid === uuid &&
    typeof kept.profile === 'string' &&
    typeof kept.config?.name === 'string' &&
    kept.config.uuid === uuid &&
    Array.isArray(kept.restarts) &&
    STATES.includes(kept.state);
  return whole ? (kept as KeptDomain) : undefined;
}

/**
 * Domains kept in files: `UUID.json`, mode 0600 in a directory of mode 0700, since passwords are in them; replaced as a whole.
 * Rights are locks on `UUID.lock` and `supervisor.lock`. The files belong into memory, and are written at once: a thread for
 * each call would take many times as long.
 */
export function fileKeptDomains(posix: Pick<Posix, 'tryLock'>, options: FileKeptDomainsOptions = {}): KeptDomains {
  const directory = options.directory ?? KEPT_DOMAINS_DIRECTORY;
  const fileOf = (uuid: string, ending: string): string => {
    if (!UUID.test(uuid)) throw new TypeError(`${JSON.stringify(uuid)} is no uuid`);
    return join(directory, `${uuid}${ending}`);
  };

  const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof XenImageError || error instanceof TypeError) throw error;
      const { code = 'unknown', message } = error as NodeJS.ErrnoException;
      throw new XenImageError('DOMAIN_KEEP_FAILED', `the configuration of a domain cannot be kept: ${message}`, {
        errno: code,
        cause: error,
        hint: filesHint(directory, code),
      });
    }
  };

  const read = async (uuid: string): Promise<KeptDomain | undefined> => {
    requireOwnDirectory(directory);
    try {
      return parse(await readFile(fileOf(uuid, '.json'), 'utf8'), uuid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };

  const uuids = async (): Promise<string[]> => {
    // A guest is started from what stands here: nobody else may have put it there.
    requireOwnDirectory(directory);
    const names = await readdir(directory).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -5))
      .filter((uuid) => UUID.test(uuid));
  };

  return {
    keep: (domain) =>
      guarded(() => {
        const path = fileOf(domain.uuid, '.json');
        makeOwnDirectory(directory);
        const draft = fileOf(domain.uuid, '.new');
        const fd = newFile(draft);
        try {
          fchmodSync(fd, 0o600);
          writeFileSync(fd, JSON.stringify(domain));
        } finally {
          closeSync(fd);
        }
        renameSync(draft, path);
      }),
    read: (uuid) => guarded(() => read(uuid)),
    forget: (uuid) =>
      guarded(() => {
        // Whoever waits for the lock, which goes last, finds that the file is another's, and takes that one.
        for (const ending of ['.json', '.new', '.lock']) rmSync(fileOf(uuid, ending), { force: true });
      }),
    list: () =>
      guarded(async () => {
        const kept = await Promise.all((await uuids()).map(read));
        return kept.filter((domain) => domain !== undefined);
      }),
    tryLock: (right) =>
      guarded(async () => {
        if (!RIGHT.test(right)) throw new TypeError(`${JSON.stringify(right)} is no right`);
        makeOwnDirectory(directory);
        return posix.tryLock(join(directory, `${right}.lock`));
      }),
  };
}

/** Opens a file that is nobody else's. A draft that a crash left is not written into: its mode may be another. */
function newFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    rmSync(path, { force: true });
    return openSync(path, 'wx', 0o600);
  }
}
