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

/** A program to start. */
export interface ProgramStart {
  /** Its path; or a name without a slash, which is looked for in the `PATH` of `environment`. */
  readonly program: string;
  /** What follows its name: `argv[1]` and on. */
  readonly args: readonly string[];
  /** Its whole environment: nothing of this process's is added. What is `undefined` is left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The descriptors that it has, by their numbers there: each is one of this process. 0 to 2 are /dev/null where not given. */
  readonly descriptors: Readonly<Record<number, number>>;
  /** Its umask. A worker thread cannot set it: there it is this process's. */
  readonly umask: number;
}

/** How a program ended; `unknown` where something else in this process took the news of it. */
export type ProgramEnd =
  | { readonly how: 'exited'; readonly status: number }
  | { readonly how: 'signal'; readonly signal: string }
  | { readonly how: 'unknown' };

/** A program that runs. */
export interface StartedProgram {
  /** Nobody else's until `ended` resolves. */
  readonly pid: number;
  /** Resolves with how it ends, once it does. It keeps neither the event loop nor this process alive. */
  readonly ended: Promise<ProgramEnd>;
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
  /**
   * Starts a program in a session of its own, so that it outlives this process and its terminal; no signal is blocked, ignored
   * or handled. It inherits the descriptors that are named, and nothing else that this process opened. This resolves
   * when it is executed; where it cannot be, the rejection has the errno of `execve`.
   */
  spawn(start: ProgramStart): Promise<StartedProgram>;
  /** Resolves when the process is gone, without polling where the kernel has pidfds. */
  waitForExit(process: ProcessIdentity, signal?: AbortSignal): Promise<void>;
}
