import pico from 'picocolors';
import type { Io, TextSink } from '../io.js';
import { visibleJson } from './visible.js';

/** How much the command says, and in which form. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** Colours, or functions that change nothing. */
export type Style = ReturnType<typeof pico.createColors>;

/**
 * Where a command's answer and its remarks go: answers to stdout, as text or as one JSON document; everything else to
 * stderr.
 */
export interface Output extends OutputOptions {
  /** For text on stdout. */
  readonly style: Style;
  /** For text on stderr. */
  readonly noteStyle: Style;
  /** Whether something may move on stderr: it is a terminal, and nothing asks for quiet or for JSON. */
  readonly animated: boolean;
  /** A line of the answer, in text form. */
  line(text?: string): void;
  /** The answer, in JSON form. */
  document(value: unknown): void;
  /** One of several answers, in JSON form on one line. */
  event(value: unknown): void;
  /** A remark beside the answer; not said with `--quiet`. */
  note(text: string): void;
  /** What must be said even with `--quiet`. */
  complain(text: string): void;
}

/** Colours where a terminal shows them and nobody asked for none: no-color.org, and `TERM=dumb`. */
function hasColour(sink: TextSink, env: Io['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return sink.isTTY === true && env['TERM'] !== 'dumb';
}

/** Whether a line on stderr can be drawn anew. A terminal of unknown width (a serial line's is 0) has no lines to count. */
function canMove({ stderr, env }: Io): boolean {
  return stderr.isTTY === true && (stderr.columns ?? 0) > 0 && env['TERM'] !== 'dumb';
}

/** The output of one run of the command. */
export function createOutput(io: Io, options: OutputOptions): Output {
  return {
    ...options,
    style: pico.createColors(hasColour(io.stdout, io.env)),
    noteStyle: pico.createColors(hasColour(io.stderr, io.env)),
    animated: canMove(io) && !options.quiet && !options.json,
    line(text = '') {
      io.stdout.write(`${text}\n`);
    },
    document(value) {
      io.stdout.write(`${visibleJson(value)}\n`);
    },
    event(value) {
      io.stdout.write(`${visibleJson(value, 0)}\n`);
    },
    note(text) {
      if (!options.quiet) io.stderr.write(`${text}\n`);
    },
    complain(text) {
      io.stderr.write(`${text}\n`);
    },
  };
}
