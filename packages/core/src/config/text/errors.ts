import { XenImageError, type TextPosition } from '../../errors.js';

/** How much of a line is shown around the place of an error, in characters. */
const SHOWN_WIDTH = 100;

/** A line with what follows a password's name made unreadable, its length kept. */
function withoutSecret(line: string): string {
  const name = /passw[a-z]*['"]?\s*[=:,]/i.exec(line);
  if (name === null) return line;
  const shown = name.index + name[0].length;
  return line.slice(0, shown) + line.slice(shown).replace(/\S/g, '*');
}

/**
 * A line and, below it, a caret under one of its characters; a long line is cut on both sides. What stands behind the
 * name of a password is shown as stars: errors go to terminals and logs.
 *
 * @param line - the line, without its end
 * @param column - the character to point at, counted from 1
 */
export function pointAt(line: string, column: number): [string, string] {
  const first = Math.max(0, Math.min(column - 1 - Math.floor(SHOWN_WIDTH / 2), line.length - SHOWN_WIDTH));
  const shown = withoutSecret(line)
    .slice(first, first + SHOWN_WIDTH)
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ');
  return [shown, `${' '.repeat(Math.max(0, column - 1 - first))}^`];
}

/** The line of a text that holds the character at `offset`, without its end. */
function lineAt(text: string, offset: number): { line: string; start: number } {
  let start = offset;
  while (start > 0 && !isLineEnd(text.charCodeAt(start - 1))) start--;
  let end = offset;
  // Only as much as is shown: a line may be megabytes long.
  while (end < text.length && end < offset + SHOWN_WIDTH && !isLineEnd(text.charCodeAt(end))) end++;
  return { line: text.slice(start, end), start };
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

/** Where in a text an error is: the character's offset from 0, and its position as it is reported. */
export interface Place {
  readonly offset: number;
  readonly position: TextPosition;
}

/**
 * An error about a place in a configuration text: with its position, and with the line and a caret in `said`.
 *
 * @param code - `CONFIG_SYNTAX`, `CONFIG_NEEDS_PYTHON` or `CONFIG_NOT_TEXT`
 */
export function textError(code: string, message: string, text: string, place: Place, hint?: string): XenImageError {
  const { line, start } = lineAt(text, place.offset);
  return new XenImageError(code, message, {
    phase: 'config',
    position: place.position,
    said: pointAt(line, place.offset - start + 1),
    ...(hint === undefined ? {} : { hint }),
  });
}
