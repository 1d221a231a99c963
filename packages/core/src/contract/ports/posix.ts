/** A lock on a file, held until released or the process ends. */
export interface FileLock {
  release(): Promise<void>;
}

/** What identifies a process beyond its pid: a reused pid has another start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started (field 22 of /proc/PID/stat). */
  readonly startTime: number;
}

/** System calls that Node lacks. Rejections are `XenImageError`s with the call's name and its errno. */
export interface Posix {
  /** Makes a named pipe of this mode whatever the umask; fails with `EEXIST`. */
  mkfifo(path: string, mode: number): Promise<void>;
  /** Takes an exclusive lock on a file, which is made where it is not there; `undefined` where another holds it. */
  tryLock(path: string): Promise<FileLock | undefined>;
  /** The identity of a running process; `undefined` where there is none. A zombie counts as gone. */
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** Sends a signal if the process is still the one meant; answers whether it was. */
  signal(process: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean>;
  /**
   * Lowers limits of a process, the hard ones with them, by the names of getrlimit(2) in lower case without `RLIMIT_`:
   * bytes, or a count. Those that are lower stay.
   */
  limit?(process: ProcessIdentity, limits: Readonly<Record<string, number>>): Promise<void>;
  /** Resolves when the process is gone, without polling where the kernel has pidfds. */
  waitForExit(process: ProcessIdentity, signal?: AbortSignal): Promise<void>;
}
