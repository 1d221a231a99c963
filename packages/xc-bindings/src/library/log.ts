import { signature, type ForeignBackend } from '@xen-image/ffi';
import { XenImageError } from '@xen-image/core';
import type { XenLibraries } from './libraries.js';

/**
 * From which level on lines are kept (`XTL_*`, tools/include/xentoollog.h): `detail` has the domain builder's account of what
 * it does, in dozens of lines.
 */
const LEVELS = { detail: 3, warning: 7 } as const;

/** `XTL_STDIOSTREAM_HIDE_PROGRESS | XTL_STDIOSTREAM_PROGRESS_NO_CR`: lines only. */
const FLAGS = 0o04 | 0o20;

const NO_LINES: readonly string[] = [];

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A line without what a terminal acts on: a kernel's notes, which a guest's owner made, can be part of it. */
function plain(line: string): string {
  return line.replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A logger of Xen's libraries that keeps what they say. */
export interface CollectingLogger {
  /** The `xentoollog_logger *`. */
  readonly pointer: bigint;
  /** The lines since the last time, `context: level: text`. Not while a call that may log is under way. */
  take(): readonly string[];
  /** Frees it. Nothing may log to it any more. */
  close(): void;
}

/**
 * Makes a logger that writes into memory.
 *
 * It is libxentoollog's own logger to a stdio stream, over open_memstream(3). No line calls JavaScript, which a thread of an
 * asynchronous call could only do by waiting for the event loop; and no `va_list`, which each architecture passes
 * differently, has to be read.
 */
export function createLogger(libraries: XenLibraries, from: keyof typeof LEVELS): CollectingLogger {
  const { foreign } = libraries;
  const libc = stdio(foreign);
  // Two words that the stream keeps up to date: where its text is, and how long that is.
  const place = Buffer.alloc(16);
  const stream = libc.openMemstream.call(foreign.memory.addressOf(place), foreign.memory.addressOf(place) + 8n);
  if (stream.result === 0n) throw outOfMemory('open_memstream');
  const made = libraries.bind('xtl_createlogger_stdiostream').call(stream.result, LEVELS[from], FLAGS);
  if (made.result === 0n) throw outOfMemory('xtl_createlogger_stdiostream');

  // The logger flushes after each line, so that the length says whether there are any without a call.
  const text = (): string => {
    // Looked at after each call, and nearly always nothing: no bigint is made of that.
    if (place.readUInt32LE(8) === 0 && place.readUInt32LE(12) === 0) return '';
    const length = Number(place.readBigUInt64LE(8));
    return foreign.memory.read(place.readBigUInt64LE(0), length).toString('utf8');
  };
  return {
    pointer: made.result,
    take() {
      const said = text();
      if (said === '') return NO_LINES;
      const lines = said
        .split('\n')
        .filter((line) => line !== '')
        .map(plain);
      // The next line is written over these: the stream does not grow with the age of the handle.
      libc.rewind.call(stream.result);
      place.writeBigUInt64LE(0n, 8);
      return lines;
    },
    close() {
      libraries.bind('xtl_logger_destroy').call(made.result);
      libc.fclose.call(stream.result);
      libc.free.call(place.readBigUInt64LE(0));
    },
  };
}

type Stdio = ReturnType<typeof bindStdio>;

/** Bound once: a handle is opened for every operation. */
const bound = new WeakMap<ForeignBackend, Stdio>();

function stdio(foreign: ForeignBackend): Stdio {
  const known = bound.get(foreign) ?? bindStdio(foreign);
  bound.set(foreign, known);
  return known;
}

function bindStdio(foreign: ForeignBackend) {
  const libc = foreign.open(['libc.so.6', 'libc.so']);
  return {
    openMemstream: libc.bind(signature('open_memstream', 'pointer', ['pointer', 'pointer'])),
    rewind: libc.bind(signature('rewind', 'void', ['pointer'])),
    fclose: libc.bind(signature('fclose', 'int', ['pointer'])),
    free: libc.bind(signature('free', 'void', ['pointer'])),
  };
}

function outOfMemory(call: string): XenImageError {
  return new XenImageError('HYPERVISOR_CALL_FAILED', `${call} failed: ENOMEM`, { call, errno: 'ENOMEM' });
}
