import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  XenImageError,
  type FileLock,
  type Journal,
  type JournalEntry,
  type OpenJournalEntry,
  type Posix,
} from '@xen-image/core';
import { makeOwnDirectory, requireOwnDirectory } from './own-directory.js';

/** Where entries stand unless told otherwise: gone with the boot, as all that they speak of. */
export const JOURNAL_DIRECTORY = '/run/xen-image/journal';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** How a {@link fileJournal} is kept. */
export interface FileJournalOptions {
  readonly directory?: string;
  /** The kernel's boot id; read from /proc where not given. */
  readonly bootId?: string;
}

function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function parseEntry(text: string, id: string): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entry = value as Partial<JournalEntry> | null;
  const whole =
    typeof entry === 'object' &&
    entry !== null &&
    entry.id === id &&
    typeof entry.bootId === 'string' &&
    typeof entry.name === 'string' &&
    typeof entry.uuid === 'string' &&
    (entry.domid === undefined || Number.isInteger(entry.domid)) &&
    Array.isArray(entry.pending);
  return whole ? (entry as JournalEntry) : undefined;
}

/**
 * A journal of files: `ID.json` says what an operation has taken, and is replaced as a whole; `ID.lock` is locked as long
 * as its owner lives.
 *
 * An entry survives the end of its process, not that of the machine: after a boot there is nothing for it to speak of. So
 * nothing is forced to a disk, and the files, which belong into memory, are written at once: a thread for each call would
 * take many times as long.
 *
 * @throws XenImageError `JOURNAL_FAILED` from each method, with the file and the errno
 */
export function fileJournal(posix: Posix, options: FileJournalOptions = {}): Journal {
  const directory = options.directory ?? JOURNAL_DIRECTORY;
  let known = options.bootId;
  const bootId = (): string => (known ??= currentBootId());
  const dataPath = (id: string): string => join(directory, `${id}.json`);
  const lockPath = (id: string): string => join(directory, `${id}.lock`);

  const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof XenImageError) throw error;
      const { code = 'unknown', message } = error as NodeJS.ErrnoException;
      throw new XenImageError('JOURNAL_FAILED', `the journal cannot be kept: ${message}`, {
        errno: code,
        cause: error,
        hint: `${directory} must be writable, with room on its file system.`,
      });
    }
  };

  const write = (entry: JournalEntry): void => {
    const draft = join(directory, `${entry.id}.new`);
    try {
      writeFileSync(draft, JSON.stringify(entry), { mode: 0o600 });
      renameSync(draft, dataPath(entry.id));
    } catch (error) {
      // On a full disk even half a file is room that others want; the entry stays as it was.
      rmSync(draft, { force: true });
      throw error;
    }
  };
  const remove = (id: string): void => {
    removeFile(dataPath(id));
    removeFile(lockPath(id));
  };

  const open = (first: JournalEntry, lock: FileLock): OpenJournalEntry => {
    let entry = first;
    return {
      update: (change) =>
        guarded(() => {
          entry = { ...entry, ...change };
          write(entry);
        }),
      // The lock goes last: whoever gets it then finds that the entry is over.
      close: () =>
        guarded(() => {
          remove(entry.id);
          return lock.release();
        }),
      leave: () => guarded(() => lock.release()),
    };
  };

  const ids = (): string[] => {
    // Recovery destroys what entries speak of: nobody else may have put one there.
    requireOwnDirectory(directory);
    let files: string[];
    try {
      files = readdirSync(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    // One that was killed before it could write its entry has left the lock alone.
    const named = files.filter((file) => /\.(?:json|lock)$/.test(file)).map((file) => file.slice(0, -5));
    return [...new Set(named)].filter((id) => ID.test(id));
  };

  const read = (id: string): JournalEntry | undefined => {
    let text: string;
    try {
      text = readFileSync(dataPath(id), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return parseEntry(text, id);
  };

  return {
    open: (begun) =>
      guarded(async () => {
        makeOwnDirectory(directory);
        let entry: JournalEntry;
        let lock: FileLock | undefined;
        // A recovery that looks at the new lock before it is locked has it for a moment.
        do {
          entry = { id: randomUUID(), bootId: bootId(), ...begun, pending: [] };
          lock = await posix.tryLock(lockPath(entry.id));
        } while (lock === undefined);
        try {
          write(entry);
        } catch (error) {
          remove(entry.id);
          await lock.release();
          throw error;
        }
        return open(entry, lock);
      }),
    list: () =>
      guarded(() => {
        const current = bootId();
        return ids()
          .map(read)
          .filter((entry) => entry?.bootId === current) as JournalEntry[];
      }),
    abandoned: () =>
      guarded(async () => {
        const current = bootId();
        const found: { record: JournalEntry; entry: OpenJournalEntry }[] = [];
        for (const id of ids()) {
          const lock = await posix.tryLock(lockPath(id));
          if (lock === undefined) continue;
          let record: JournalEntry | undefined;
          try {
            record = read(id);
          } catch {
            // Of the moment, such as too many open files: what it speaks of is still there, and so is the entry.
            await lock.release();
            continue;
          }
          if (record?.bootId === current) {
            found.push({ record, entry: open(record, lock) });
            continue;
          }
          remove(id);
          await lock.release();
        }
        return found;
      }),
  };
}

/** Removes a file that need not be there. `rmSync` looks at it first, and so takes several times as long. */
function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
