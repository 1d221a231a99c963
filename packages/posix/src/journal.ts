import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  XenImageError,
  type FileLock,
  type Journal,
  type JournalEntry,
  type OpenJournalEntry,
  type Posix,
} from '@xen-image/core';
import { filesHint, makeOwnDirectory, requireOwnDirectory } from './own-directory.js';

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

/** What a file says: its last line that is whole. One that a kill or a full disk cut off was never written. */
function parseEntry(text: string, id: string): JournalEntry | undefined {
  for (const line of text.split('\n').reverse()) {
    const entry = line === '' ? undefined : parseLine(line, id);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function parseLine(text: string, id: string): JournalEntry | undefined {
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
 * A journal of files: the last line of `ID.json` says what an operation has taken, and each change adds one; `ID.lock` is
 * locked as long as its owner lives.
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
        hint: filesHint(directory, code),
      });
    }
  };

  const remove = (id: string): void => {
    removeFile(dataPath(id));
    removeFile(lockPath(id));
  };

  const open = (first: JournalEntry, lock: FileLock, lines = addedLines(dataPath(first.id))): OpenJournalEntry => {
    let entry = first;
    return {
      update: (change) =>
        guarded(() => {
          entry = { ...entry, ...change };
          lines.add(entry);
        }),
      // The lock goes last: whoever gets it then finds that the entry is over.
      close: () =>
        guarded(() => {
          remove(entry.id);
          lines.end();
          return lock.release();
        }),
      leave: () =>
        guarded(() => {
          lines.end();
          return lock.release();
        }),
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
        const lines = addedLines(dataPath(entry.id), 0);
        try {
          lines.add(entry);
        } catch (error) {
          lines.end();
          remove(entry.id);
          await lock.release();
          throw error;
        }
        return open(entry, lock, lines);
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

/** The file of an entry as its owner writes it. */
interface EntryLines {
  /** Adds a line. Where that fails, the file says what it said before. */
  add(entry: JournalEntry): void;
  /** Closes the file. A second call does nothing. */
  end(): void;
}

/**
 * A file that is opened when a line is first added.
 * @param sizeBytes - what it holds, where that is known
 */
function addedLines(path: string, sizeBytes?: number): EntryLines {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  let file: { readonly fd: number; bytes: number } | undefined;
  const opened = () => {
    if (file !== undefined) return file;
    const fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    return (file = { fd, bytes: sizeBytes ?? fstatSync(fd).size });
  };
  return {
    add(entry) {
      const to = opened();
      // The line before it may have been cut off with the process that wrote it.
      const line = Buffer.from(`${to.bytes === 0 ? '' : '\n'}${JSON.stringify(entry)}\n`);
      try {
        writeFileSync(to.fd, line);
        to.bytes += line.length;
      } catch (error) {
        // On a full disk even half a line is room that others want.
        cutOff(to.fd, to.bytes);
        throw error;
      }
    },
    end() {
      if (file !== undefined) closeSync(file.fd);
      file = undefined;
    },
  };
}

function cutOff(fd: number, sizeBytes: number): void {
  try {
    ftruncateSync(fd, sizeBytes);
  } catch {
    // Half a line counts for none.
  }
}

/** Removes a file that need not be there. `rmSync` looks at it first, and so takes several times as long. */
function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
