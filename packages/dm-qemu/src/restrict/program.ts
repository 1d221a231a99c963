import { execFile, type ExecFileException } from 'node:child_process';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XenImageError } from '@xen-image/core';
import { ownDirectory } from '../process/own-directory.js';

/** What a device model's program can do about giving up rights. */
export interface ProgramRights {
  /** Why it cannot be restricted; absent where it can. */
  readonly lacking?: string;
  /** It was built with a filter of system calls. */
  readonly sandbox: boolean;
  /** It takes `-run-with` in place of `-chroot` and `-runas`. */
  readonly runWith: boolean;
}

/** How long a program may take to say what it can. */
const TIMEOUT_MS = 20_000;
/** Name of the file in which answers are kept. */
const KEPT = 'programs.json';
const MOST_OUTPUT_BYTES = 4 * 1024 * 1024;

interface Said {
  readonly ok: boolean;
  readonly text: string;
}

/** What a program says, or that it refused. Whatever else keeps it from saying it is of the moment, and an error. */
function ask(program: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT_BYTES } as const;
    execFile(program, args, options, (error, stdout) => {
      if (error === null || typeof error.code === 'number') resolve({ ok: error === null, text: stdout });
      else reject(unanswered(program, args, error));
    });
  });
}

function unanswered(program: string, args: readonly string[], error: ExecFileException): XenImageError {
  // A process that could not be made has an errno; Node's own limits have codes that begin with ERR_.
  const errno = typeof error.code === 'string' && !error.code.startsWith('ERR_') ? error.code : undefined;
  const details = { phase: 'device-model', ...(errno === undefined ? {} : { errno }), cause: error } as const;
  if (errno === 'EACCES' || errno === 'ENOEXEC') {
    const hint = 'Name a program in device_model_override, or set its execute bit.';
    const message = `the device model ${program} cannot be executed: ${errno}`;
    return new XenImageError('DEVICE_MODEL_NOT_EXECUTABLE', message, { ...details, hint });
  }
  const why = error.code ?? error.signal;
  return new XenImageError('DEVICE_MODEL_UNASKED', `${program} ${args.join(' ')} did not answer (${String(why)})`, {
    ...details,
    hint: 'dom0 may be short of memory or time: try again. dm_restrict = 0 does without asking.',
  });
}

/** The part of a help text that is about an option. */
function helpOn(text: string, option: string): string | undefined {
  const begin = `\n${text}`.search(new RegExp(`\\n${option}\\b`));
  if (begin === -1) return undefined;
  const end = text.indexOf('\n-', begin);
  return text.slice(begin, end === -1 ? undefined : end);
}

async function look(program: string): Promise<ProgramRights> {
  const [{ ok, text }, filter] = await Promise.all([
    ask(program, ['-help']),
    // The option is in every help text; without the library it is refused. QEMU stops at `-version`, having taken it.
    ask(program, ['-sandbox', 'on', '-version']),
  ]);
  // QEMU 8.1 has `-run-with chroot=`, 9.2 also `user=`.
  const rights = { sandbox: filter.ok, runWith: helpOn(text, '-run-with')?.includes('user=') === true };
  const needed = ['-xen-domid-restrict', ...(rights.runWith ? [] : ['-chroot', '-runas'])];
  const absent = needed.filter((option) => helpOn(text, option) === undefined);
  if (!ok) return { ...rights, lacking: `${program} does not say what it can (-help)` };
  return absent.length === 0 ? rights : { ...rights, lacking: `${program} has no ${absent.join(', ')}` };
}

const KNOWN = new Map<string, Promise<ProgramRights>>();

/**
 * What a program can do about giving up rights, by what it says itself. Asked once for each file that the program was:
 * the answer is kept beside the sentinels, where root alone can write.
 */
export function programRights(program: string, directory: string): Promise<ProgramRights> {
  const found = statSync(program, { throwIfNoEntry: false });
  // Its start is what fails then, with the errno.
  if (found === undefined) return Promise.resolve({ sandbox: false, runWith: false });
  const key = [program, found.dev, found.ino, found.size, found.mtimeMs].join(' ');
  let known = KNOWN.get(key);
  if (known === undefined) {
    known = lookOnce(program, key, directory);
    KNOWN.set(key, known);
    // What failed may succeed the next time.
    known.catch(() => KNOWN.delete(key));
  }
  return known;
}

async function lookOnce(program: string, key: string, directory: string): Promise<ProgramRights> {
  ownDirectory(directory, 0o700);
  const kept = join(directory, KEPT);
  const before = keptRights(kept);
  const known = before[key];
  if (known !== undefined) return known;
  const rights = await look(program);
  const others = Object.entries(keptRights(kept)).filter(([other]) => !other.startsWith(`${program} `));
  keep(kept, { ...Object.fromEntries(others), [key]: rights });
  return rights;
}

/** Where it cannot be kept, it is asked again. */
function keep(path: string, rights: Readonly<Record<string, ProgramRights>>): void {
  const written = `${path}.${process.pid}`;
  try {
    writeFileSync(written, JSON.stringify(rights), { mode: 0o600 });
    renameSync(written, path);
  } catch {
    rmSync(written, { force: true });
  }
}

/** What is kept of programs; nothing where it cannot be read. */
function keptRights(path: string): Readonly<Record<string, ProgramRights>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, ProgramRights>;
  } catch {
    return {};
  }
}
