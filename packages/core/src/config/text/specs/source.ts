import { XenImageError, type TextPosition } from '../../../errors.js';
import { pointAt } from '../errors.js';
import { positionInside, type ConfigString } from '../value.js';

/** A device specification: a value of a configuration text, or text from elsewhere (a command line, an API). */
export type SpecSource = string | ConfigString;

/** The characters of a specification. */
export function specText(source: SpecSource): string {
  return typeof source === 'string' ? source : source.text;
}

/** The place of a character of a specification in its file; undefined for text that has none. */
function specPosition(source: SpecSource, offset: number): TextPosition | undefined {
  return typeof source === 'string' ? undefined : positionInside(source, offset);
}

/**
 * An error about a place in a specification: `data.offset` counts from 0 in the specification, `position` speaks of the
 * file, and `said` shows the specification with a caret.
 */
export function specError(
  code: string,
  message: string,
  source: SpecSource,
  offset: number,
  hint?: string,
): XenImageError {
  const position = specPosition(source, offset);
  return new XenImageError(code, message, {
    phase: 'config',
    said: pointAt(specText(source), offset + 1),
    data: { offset },
    ...(position === undefined ? {} : { position }),
    ...(hint === undefined ? {} : { hint }),
  });
}
