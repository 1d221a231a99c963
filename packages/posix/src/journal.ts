import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  XenImageError,
  type FileLock,
  type Journal,
  type JournalEntry,
  type OpenJournalEntry,
  type Posix,
} from '@xen-image/core';

/** Where entries stand unless told otherwise: gone with the boot, as all that they speak of. */
export const JOURNAL_DIRECTORY = '/run/xen-image/journal';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** How a {@link fileJournal} is kept. */
export interface FileJournalOptions {
  readonly directory?: string;
  /** The kernel's boot id; read from /proc where not given. */
  readonly bootId?: string;
}

async function currentBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
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
 * An entry survives the end of its process, not that of the machine: after a boot there is nothing for it to speak of.
 *
 * @throws XenImageError `JOURNAL_FAILED` from each method, with the file and the errno
 */
export function fileJournal(posix: Posix, options: FileJournalOptions = {}): Journal {
  const directory = options.directory ?? JOURNAL_DIRECTORY;
  const bootId = options.bootId === undefined ? currentBootId() : Promise.resolve(options.bootId);
  bootId.catch(() => undefined);
  const dataPath = (id: string): string => join(directory, `${id}.json`);
  const lockPath = (id: string): string => join(directory, `${id}.lock`);

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
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

  const write = async (entry: JournalEntry): Promise<void> => {
    const draft = join(directory, `${entry.id}.new`);
    await writeFile(draft, JSON.stringify(entry), { mode: 0o600 });
    await rename(draft, dataPath(entry.id));
  };

  const open = (first: JournalEntry, lock: FileLock): OpenJournalEntry => {
    let entry = first;
    return {
      update: (change) =>
        guarded(async () => {
          entry = { ...entry, ...change };
          await write(entry);
        }),
      // The lock goes last: whoever gets it then finds that the entry is over.
      close: () =>
        guarded(async () => {
          await rm(dataPath(entry.id), { force: true });
          await rm(lockPath(entry.id), { force: true });
          await lock.release();
        }),
      leave: () => guarded(() => lock.release()),
    };
  };

  const ids = async (): Promise<string[]> => {
    const files = await readdir(directory).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    return files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -5))
      .filter((id) => ID.test(id));
  };

  const read = async (id: string): Promise<JournalEntry | undefined> => {
    const text = await readFile(dataPath(id), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : parseEntry(text, id);
  };

  return {
    open: (begun) =>
      guarded(async () => {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const entry: JournalEntry = { id: randomUUID(), bootId: await bootId, ...begun, pending: [] };
        const lock = await posix.tryLock(lockPath(entry.id));
        if (lock === undefined) throw new TypeError('a new journal entry is locked by another');
        await write(entry);
        return open(entry, lock);
      }),
    list: () =>
      guarded(async () => {
        const current = await bootId;
        const entries = await Promise.all((await ids()).map(read));
        return entries.filter((entry) => entry?.bootId === current) as JournalEntry[];
      }),
    abandoned: () =>
      guarded(async () => {
        const current = await bootId;
        const found: { record: JournalEntry; entry: OpenJournalEntry }[] = [];
        for (const id of await ids()) {
          const lock = await posix.tryLock(lockPath(id));
          if (lock === undefined) continue;
          const record = await read(id);
          if (record?.bootId === current) {
            found.push({ record, entry: open(record, lock) });
            continue;
          }
          await rm(dataPath(id), { force: true });
          await rm(lockPath(id), { force: true });
          await lock.release();
        }
        return found;
      }),
  };
}
