import createDebug from 'debug';
import type { CallOutcome, ForeignArguments, ForeignBackend, ForeignResultOf } from '@xen-image/ffi';
import { XenImageError, type DomainRef } from '@xen-image/core';
import type { AbiTable } from '../abi/table.js';
import { CALLS, type CallName } from '../calls/signatures.js';
import { errorLines, xcError } from './errors.js';
import type { XenLibraries } from './libraries.js';
import { createLogger, type CollectingLogger } from './log.js';
import { checkAgreement } from './agreement.js';

const debug = createDebug('xen-image:xc');

/** How many lines of the libraries' log a handle keeps. */
const MOST_LINES = 500;

/** What a call gave, and what the libraries said while it ran. */
export interface XcOutcome<N extends CallName> extends CallOutcome<ForeignResultOf[(typeof CALLS)[N]['result']]> {
  /** Lines as logged, `xc: error: …`. */
  readonly lines: readonly string[];
}

/** The arguments of a call. */
export type XcArguments<N extends CallName> = ForeignArguments<(typeof CALLS)[N]['args']>;

/**
 * An `xc_interface`: the libraries' connection to the hypervisor, with a log of its own.
 *
 * One for each operation. Its calls run one after another, whoever makes them: libxc keeps the last error and its buffers in the
 * handle, and each line is told to the call that it belongs to.
 */
export interface XcHandle {
  readonly libraries: XenLibraries;
  readonly abi: AbiTable;
  readonly foreign: ForeignBackend;
  /** The `xc_interface *`. */
  readonly pointer: bigint;
  /** The latest lines of the libraries' log, the oldest first: warnings and errors; all with `DEBUG=xen-image:xc`. */
  readonly lines: readonly string[];
  /** Whether the libraries have this function. */
  has(name: CallName): boolean;
  /**
   * Makes a call, off the event loop where it can take long. Buffers among the arguments are kept until it is over.
   * @throws XenImageError `CALL_UNAVAILABLE`; `HANDLE_CLOSED`
   */
  invoke<N extends CallName>(name: N, ...args: XcArguments<N>): Promise<XcOutcome<N>>;
  /**
   * As {@link XcHandle.invoke}, for a function that answers below zero when it fails; gives what it answered.
   * @param domain - the domain that the call is about, for the error
   * @throws XenImageError `HYPERVISOR_CALL_FAILED`
   */
  require<N extends IntegerCallName>(name: N, domain: DomainRef | undefined, ...args: XcArguments<N>): Promise<number>;
  /**
   * As {@link XcHandle.require}, on the event loop's thread whatever the call's pace: for a call that this time returns within
   * a millisecond. A thread for it would take longer than the call.
   */
  requireNow<N extends IntegerCallName>(
    name: N,
    domain: DomainRef | undefined,
    ...args: XcArguments<N>
  ): Promise<number>;
  /** Closes the handle after the call under way. A second call does nothing. */
  close(): Promise<void>;
}

/** Calls that answer an `int`. */
export type IntegerCallName = {
  [N in CallName]: (typeof CALLS)[N]['result'] extends 'int' ? N : never;
}[CallName];

/** An `xc_interface` and its logger, whoever uses them. */
interface Interface {
  readonly pointer: bigint;
  readonly logger: CollectingLogger;
}

/**
 * Opens a handle, and sees that the hypervisor is of the libraries' version and takes their control calls.
 * @throws XenImageError `HYPERVISOR_CALL_FAILED` (no rights, no privcmd), `XEN_VERSION_MISMATCH`
 */
export async function openHandle(libraries: XenLibraries): Promise<XcHandle> {
  return openFor(libraries, (opened) => {
    closeInterface(libraries, opened);
  });
}

async function openFor(libraries: XenLibraries, end: (opened: Interface) => void): Promise<XcHandle> {
  const logger = createLogger(libraries, debug.enabled ? 'detail' : 'warning');
  const opened = libraries.bind('xc_interface_open').call(logger.pointer, logger.pointer, 0);
  if (opened.result === 0n) {
    const said = errorLines(logger.take());
    logger.close();
    throw xcError({ call: 'xc_interface_open', result: -1, errno: opened.errno, said }, undefined, {
      phase: 'connect',
      hint: 'run as root in the control domain, with the module xen-privcmd loaded',
    });
  }
  let agreed = false;
  const handle = createHandle(libraries, { pointer: opened.result, logger }, (used) => {
    if (agreed) end(used);
    else closeInterface(libraries, used);
  });
  try {
    await checkAgreement(handle);
    agreed = true;
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function closeInterface(libraries: XenLibraries, { pointer, logger }: Interface): void {
  libraries.bind('xc_interface_close').call(pointer);
  logger.close();
}

/** What operations of this process have finished with: opening one anew takes a dozen system calls. */
interface Idle {
  readonly waiting: Interface[];
  timer: NodeJS.Timeout | undefined;
}

const idle = new WeakMap<XenLibraries, Idle>();
/** More than run at once in most processes; the others are closed. */
const MOST_IDLE = 4;
/** Whoever has let a toolstack go wants its descriptors back; between operations of one that is in use there is less. */
const IDLE_MS = 10_000;

/**
 * As {@link openHandle}, for an operation: an interface that an earlier operation has finished with is used again, by
 * one operation at a time and with an empty log. Those that nobody uses for 10 s are closed.
 */
export async function takeHandle(libraries: XenLibraries): Promise<XcHandle> {
  const end = (used: Interface): void => {
    keepIdle(libraries, used);
  };
  const again = idle.get(libraries)?.waiting.pop();
  return again === undefined ? openFor(libraries, end) : createHandle(libraries, again, end);
}

function keepIdle(libraries: XenLibraries, used: Interface): void {
  const kept = idle.get(libraries) ?? { waiting: [], timer: undefined };
  idle.set(libraries, kept);
  if (kept.waiting.length >= MOST_IDLE) {
    closeInterface(libraries, used);
    return;
  }
  kept.waiting.push(used);
  if (kept.timer !== undefined) {
    kept.timer.refresh();
    return;
  }
  // A process that has nothing else to do ends, and they with it.
  kept.timer = setTimeout(() => {
    kept.timer = undefined;
    for (const one of kept.waiting.splice(0)) closeInterface(libraries, one);
  }, IDLE_MS).unref();
}

function createHandle(libraries: XenLibraries, used: Interface, end: (used: Interface) => void): XcHandle {
  const { pointer, logger } = used;
  const kept: string[] = [];
  let closing: Promise<void> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  const leave = (): void => {
    underWay -= 1;
  };

  /** Runs `task` when all before it are over, failed ones too. */
  const next = <T>(task: () => T | Promise<T>): Promise<T> => {
    underWay += 1;
    const run = turn.then(task);
    turn = run.then(leave, leave);
    return run;
  };
  const takeLines = (): readonly string[] => {
    const lines = logger.take();
    if (lines.length === 0) return lines;
    for (const line of lines) debug('%s', line);
    kept.push(...lines);
    kept.splice(0, Math.max(0, kept.length - MOST_LINES));
    return lines;
  };

  const finished = <R>({ result, errno }: CallOutcome<R>): CallOutcome<R> & { readonly lines: readonly string[] } => ({
    result,
    errno,
    lines: takeLines(),
  });

  const perform = async <N extends CallName>(name: N, slow: boolean, args: XcArguments<N>): Promise<XcOutcome<N>> => {
    if (closing !== undefined)
      throw new XenImageError('HANDLE_CLOSED', `${name} after the handle was closed`, { call: name });
    const bound = libraries.bind(name);
    // A promise for each of the many quick calls of a build would take longer than the calls.
    if (underWay === 0 && !slow) return finished(bound.call(...args));
    return next(async () => finished(slow ? await bound.callAsync(...args) : bound.call(...args)));
  };
  const required = async <N extends IntegerCallName>(
    name: N,
    slow: boolean,
    domain: DomainRef | undefined,
    args: XcArguments<N>,
  ): Promise<number> => {
    const outcome = await perform(name, slow, args);
    const result = outcome.result;
    if (result >= 0) return result;
    throw xcError({ call: name, result, errno: outcome.errno, said: errorLines(outcome.lines) }, domain);
  };

  return {
    libraries,
    abi: libraries.abi,
    foreign: libraries.foreign,
    pointer,
    lines: kept,
    has: (name) => libraries.has(name),
    invoke: (name, ...args) => perform(name, isSlow(name), args),
    require: (name, domain, ...args) => required(name, isSlow(name), domain, args),
    requireNow: (name, domain, ...args) => required(name, false, domain, args),
    close() {
      closing ??= next(() => {
        takeLines();
        end(used);
      });
      return closing;
    },
  };
}

function isSlow(name: CallName): boolean {
  return CALLS[name].pace === 'slow';
}
