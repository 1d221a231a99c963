import { inspect } from 'node:util';
import { isXenImageError, XenImageError } from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import type { Output } from './output.js';
import { visible } from './visible.js';

/** The code of a wrong command line. */
const USAGE = 'USAGE';

/** Any thrown value as a coded error; what has no code is a defect of the program or of a plugin. */
export function asCoded(error: unknown): XenImageError {
  if (isXenImageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new XenImageError('INTERNAL', message, {
    cause: error,
    hint: 'This is a defect of xen-image or of a plugin; --debug shows where.',
  });
}

/** `guest.cfg:3:9: ` */
function place({ position }: XenImageError): string {
  if (position === undefined) return '';
  const file = position.file === undefined ? 'line ' : `${visible(position.file)}:`;
  return `${file}${position.line}:${position.column}: `;
}

/** What the call said of itself: `xc_domain_create: ENOMEM`. */
function callLine({ call, errno }: XenImageError): string[] {
  if (call === undefined) return [];
  return [errno === undefined ? call : `${call}: ${errno}`];
}

/** The lines of an error for people: the message, what was said, the hint. */
export function failureLines(error: XenImageError, severity: 'error' | 'warning' = 'error'): string[] {
  const lines = [`xen-image: ${severity} [${visible(error.code)}]: ${place(error)}${visible(error.message)}`];
  for (const text of [...(error.said ?? []), ...callLine(error)]) lines.push(`  ${visible(text)}`);
  if (error.hint !== undefined) lines.push(`  hint: ${visible(error.hint)}`);
  return lines;
}

/** A thrown value with its stack and what it carries, for whoever looks for a defect. */
export function stackLines(thrown: unknown): string {
  return inspect(thrown, { depth: 4 }).split('\n').map(visible).join('\n');
}

/** Tells of an error: text to stderr or, in JSON form, an object to stdout. A stack is shown with `--debug` alone. */
export function reportFailure(output: Output, command: string | null, thrown: unknown): void {
  const error = asCoded(thrown);
  if (output.json) output.document({ command, error: error.toJSON() });
  else {
    const [first = '', ...rest] = failureLines(error);
    output.complain([output.noteStyle.red(first), ...rest].join('\n'));
  }
  if (output.debug) output.complain(stackLines(thrown));
}

/** A command line that is wrong: nothing was looked at. */
export function usageError(message: string, command: string | null): XenImageError {
  return new XenImageError(USAGE, message, {
    hint: command === null ? 'xen-image --help lists the commands.' : `xen-image ${command} --help shows its usage.`,
  });
}

/** The exit code that an error ends the command with. */
export function exitCodeOf(thrown: unknown): number {
  return isXenImageError(thrown) && thrown.code === USAGE ? EXIT.usage : EXIT.failed;
}
