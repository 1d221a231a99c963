import { errnoName, openForeign, signature, type ForeignBackend, type OpenForeignOptions } from '@xen-image/ffi';
import { isXenImageError, XenImageError } from '@xen-image/core';

/** System calls by number, as Linux numbers them on every architecture (`asm-generic/unistd.h`, from 424 on). */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;

/** fcntl's command and lock type for a lock that belongs to the open file (`asm-generic/fcntl.h`). */
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
const SIZEOF_STRUCT_FLOCK = 32;

/** flock's exclusive, non-blocking and unlocking bits (`asm-generic/fcntl.h`). */
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

/** The system calls that Node lacks, one function each. A result below zero comes with its errno's name. */
export interface System {
  readonly foreign: ForeignBackend;
  mkfifo(path: string, mode: number): Failure | undefined;
  /** `flock(fd, LOCK_EX | LOCK_NB)` */
  flock(fd: number): Failure | undefined;
  /** `fcntl(fd, F_OFD_SETLK)` for writing, over the whole file */
  lockRange(fd: number): Failure | undefined;
  /** Gives both locks up, whoever else has the open file. One that is not held is passed over. */
  unlock(fd: number): void;
  /** The pidfd, or why there is none. */
  pidfdOpen(pid: number): number | Failure;
  pidfdSendSignal(pidfd: number, signal: number): Failure | undefined;
  /** `prlimit64`: sets the limit where `set` is given, and answers the limit there was. */
  prlimit(pid: number, resource: number, set: Limits | undefined): Limits | Failure;
}

/** A failed system call: its name and the name of its errno. */
export interface Failure {
  readonly call: string;
  readonly errno: string;
}

/** A resource's limits, as the kernel has them; {@link NO_LIMIT} for none. */
export interface Limits {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** RLIM_INFINITY */
export const NO_LIMIT = (1n << 64n) - 1n;

/** Whether a result is a failure. */
export function failed(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'errno' in result;
}

/** Loads what the system calls need. All of them return at once, so none leaves the event loop's thread. */
export async function openSystem(options: OpenForeignOptions): Promise<System> {
  const foreign = await openForeign(options);
  const libc = foreign.open(['libc.so.6', 'libc.so']);
  const mkfifo = libc.bind(signature('mkfifo', 'int', ['string', 'uint32']));
  const flock = libc.bind(signature('flock', 'int', ['int', 'int']));
  const fcntl = libc.bind(signature('fcntl', 'int', ['int', 'int', 'pointer']));
  const prlimit = libc.bind(signature('prlimit64', 'int', ['int', 'int', 'pointer', 'pointer']));
  // Not by their wrappers: glibc has those only since 2.36.
  const syscall = libc.bind(signature('syscall', 'long', ['long', 'long', 'long', 'pointer', 'long']));

  const failure = (call: string, outcome: { result: number | bigint; errno: number | undefined }) =>
    outcome.result < 0 ? { call, errno: errnoName(outcome.errno) } : undefined;

  return {
    foreign,
    mkfifo: (path, mode) => failure('mkfifo', mkfifo.call(path, mode)),
    flock: (fd) => failure('flock', flock.call(fd, LOCK_EX | LOCK_NB)),
    lockRange: (fd) => failure('fcntl', fcntl.call(fd, F_OFD_SETLK, wholeFile(F_WRLCK))),
    unlock(fd) {
      flock.call(fd, LOCK_UN);
      fcntl.call(fd, F_OFD_SETLK, wholeFile(F_UNLCK));
    },
    pidfdOpen(pid) {
      const outcome = syscall.call(PIDFD_OPEN, pid, 0, null, 0);
      return failure('pidfd_open', outcome) ?? Number(outcome.result);
    },
    pidfdSendSignal: (pidfd, signal) =>
      failure('pidfd_send_signal', syscall.call(PIDFD_SEND_SIGNAL, pidfd, signal, null, 0)),
    prlimit(pid, resource, set) {
      const before = Buffer.alloc(16);
      const after = set === undefined ? null : limitsBytes(set);
      const outcome = failure('prlimit', prlimit.call(pid, resource, after, before));
      return outcome ?? { soft: before.readBigUInt64LE(0), hard: before.readBigUInt64LE(8) };
    },
  };
}

/** `struct flock` of a lock over a whole file. */
function wholeFile(type: number): Buffer {
  const range = Buffer.alloc(SIZEOF_STRUCT_FLOCK);
  range.writeInt16LE(type, 0);
  return range;
}

function limitsBytes({ soft, hard }: Limits): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(soft, 0);
  bytes.writeBigUInt64LE(hard, 8);
  return bytes;
}

/** The error of a failed system call. */
export function systemError(
  { call, errno }: Failure,
  what: string,
  data: Readonly<Record<string, unknown>> = {},
): XenImageError {
  return new XenImageError('SYSTEM_CALL_FAILED', `${what}: ${errno}`, { call, errno, data });
}

/** The error of a failed call of Node's own `fs`; anything else is passed on as it is. */
export function fileError(error: unknown, what: string, data: Readonly<Record<string, unknown>>): unknown {
  if (isXenImageError(error) || typeof error !== 'object' || error === null) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new XenImageError('SYSTEM_CALL_FAILED', `${what}: ${code}`, {
    ...(syscall === undefined ? {} : { call: syscall }),
    errno: code,
    data,
    cause: error,
  });
}
