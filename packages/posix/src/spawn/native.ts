import { errnoName, signature, type ForeignBackend, type ForeignLibrary } from '@xen-image/ffi';
import type { ProgramEnd } from '@xen-image/core';
import { failed, type Failure } from '../system.js';
import { endOfStatus } from './end.js';
import { vectors, type Vectors } from './vectors.js';

/** More than `posix_spawnattr_t` (336 bytes) and `posix_spawn_file_actions_t` (80) have in glibc and musl. */
const ROOM = 1024;
/** A `sigset_t` of the C library; the kernel's part of it comes first. */
const SIGSET_BYTES = 128;
const KERNEL_SIGSET_BYTES = 8;

/** `spawn.h`, the same in glibc and musl. */
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;

const O_RDONLY = 0;
const O_RDWR = 2;
const WNOHANG = 1;
/** Standard input, output and error: what a program takes for open. */
const STANDARD = 3;
/** Runs what has no `#!`, as execvp(3) does. */
const SHELL = '/bin/sh';

const NEEDED = ['posix_spawn', 'posix_spawnattr_setflags', 'posix_spawn_file_actions_adddup2', 'waitpid'];
/** glibc has it since 2.34. */
const CLOSE_FROM = 'posix_spawn_file_actions_addclosefrom_np';

/** What a program is executed with. */
export interface Execution {
  readonly args: readonly string[];
  /** `NAME=value` each. */
  readonly environment: readonly string[];
  readonly descriptors: Readonly<Record<number, number>>;
}

/** Processes by posix_spawn(3). */
export interface NativeSpawn {
  /** Starts a program by its path. No string may have a NUL. @returns its pid */
  start(path: string, execution: Execution): number | Failure;
  /** Takes the news of a child's end, with which its pid is free; `undefined` while it runs. */
  reap(pid: number): ProgramEnd | undefined;
}

/**
 * Processes by posix_spawn(3), which does not copy this process's page tables as a fork does: it takes no longer the more
 * memory this process has, and no page of it faults at its next write.
 * @returns `undefined` where the C library cannot start a session with it (glibc before 2.26)
 */
export function openNativeSpawn(foreign: ForeignBackend): NativeSpawn | undefined {
  const libc = foreign.open(['libc.so.6', 'libc.so']);
  if (!NEEDED.every((name) => libc.has(name))) return undefined;
  const attributes = attributesOf(libc);
  if (attributes === undefined) return undefined;
  const withActions = actionsOf(libc);
  const waitpid = libc.bind(signature('waitpid', 'int', ['int', 'pointer', 'int']));
  const posixSpawn = libc.bind(
    signature('posix_spawn', 'int', ['pointer', 'string', 'pointer', 'pointer', 'pointer', 'pointer']),
  );

  const execute = (path: string, { memory, environmentOffset }: Vectors, actions: Buffer): number | Failure => {
    const pid = Buffer.alloc(4);
    const environment = foreign.memory.addressOf(memory) + BigInt(environmentOffset);
    const { result: errno } = posixSpawn.call(pid, path, actions, attributes, memory, environment);
    return errno === 0 ? pid.readInt32LE() : { call: 'execve', errno: errnoName(errno) };
  };
  const laidOut = (args: readonly string[], { environment }: Execution): Vectors =>
    vectors(args, environment, (buffer) => foreign.memory.addressOf(buffer));

  return {
    start: (path, execution) =>
      withActions(execution.descriptors, (actions) => {
        const { args } = execution;
        const outcome = execute(path, laidOut(args, execution), actions);
        if (!failed(outcome) || outcome.errno !== 'ENOEXEC') return outcome;
        return execute(SHELL, laidOut([SHELL, path, ...args.slice(1)], execution), actions);
      }),
    reap(pid) {
      const status = Buffer.alloc(4);
      const { result } = waitpid.call(pid, status, WNOHANG);
      if (result === 0) return undefined;
      return result === pid ? endOfStatus(status.readInt32LE()) : { how: 'unknown' };
    },
  };
}

/** A session of its own, no signal blocked, all as they are by default: the same for every program. */
function attributesOf(libc: ForeignLibrary): Buffer | undefined {
  const init = libc.bind(signature('posix_spawnattr_init', 'int', ['pointer']));
  const setFlags = libc.bind(signature('posix_spawnattr_setflags', 'int', ['pointer', 'int16']));
  const setDefault = libc.bind(signature('posix_spawnattr_setsigdefault', 'int', ['pointer', 'pointer']));
  const setMask = libc.bind(signature('posix_spawnattr_setsigmask', 'int', ['pointer', 'pointer']));
  const attributes = Buffer.alloc(ROOM);
  const none = Buffer.alloc(SIGSET_BYTES);
  const all = Buffer.alloc(SIGSET_BYTES).fill(0xff, 0, KERNEL_SIGSET_BYTES);
  const errnos = [
    init.call(attributes),
    setFlags.call(attributes, SETSID | SETSIGDEF | SETSIGMASK),
    setDefault.call(attributes, all),
    setMask.call(attributes, none),
  ];
  return errnos.every(({ result }) => result === 0) ? attributes : undefined;
}

/** Makes the file actions that give a program its descriptors, and frees them after the work. */
function actionsOf(libc: ForeignLibrary) {
  const bind = <const A extends readonly ('pointer' | 'int' | 'string' | 'uint32')[]>(name: string, args: A) =>
    libc.bind(signature(`posix_spawn_file_actions_${name}`, 'int', args));
  const init = bind('init', ['pointer']);
  const destroy = bind('destroy', ['pointer']);
  const addDup = bind('adddup2', ['pointer', 'int', 'int']);
  const addOpen = bind('addopen', ['pointer', 'int', 'string', 'int', 'uint32']);
  const addClose = bind('addclose', ['pointer', 'int']);
  const addCloseFrom = libc.has(CLOSE_FROM) ? libc.bind(signature(CLOSE_FROM, 'int', ['pointer', 'int'])) : undefined;

  return (descriptors: Readonly<Record<number, number>>, work: (actions: Buffer) => number | Failure) => {
    const given = new Map(Object.entries(descriptors).map(([target, source]) => [Number(target), source]));
    const count = Math.max(STANDARD, ...[...given.keys()].map((target) => target + 1));
    // What stands where another is to come is moved out of the way first.
    let above = Math.max(count, ...[...given.values()].map((source) => source + 1));
    const moved = new Map<number, number>();
    for (const source of new Set(given.values())) if (source < count) moved.set(source, above++);

    const actions = Buffer.alloc(ROOM);
    const added = [init.call(actions)];
    if (added[0]?.result !== 0) return outOfMemory;
    try {
      for (const [source, place] of moved) added.push(addDup.call(actions, source, place));
      for (let target = 0; target < count; target += 1) {
        const source = given.get(target);
        if (source !== undefined) added.push(addDup.call(actions, moved.get(source) ?? source, target));
        else if (target >= STANDARD) added.push(addClose.call(actions, target));
        else added.push(addOpen.call(actions, target, '/dev/null', target === 0 ? O_RDONLY : O_RDWR, 0));
      }
      if (addCloseFrom !== undefined) added.push(addCloseFrom.call(actions, count));
      else for (const place of moved.values()) added.push(addClose.call(actions, place));
      const { result: errno = 0 } = added.find(({ result }) => result !== 0) ?? {};
      return errno === 0 ? work(actions) : { call: 'posix_spawn_file_actions', errno: errnoName(errno) };
    } finally {
      destroy.call(actions);
    }
  };
}

const outOfMemory: Failure = { call: 'posix_spawn_file_actions_init', errno: 'ENOMEM' };
