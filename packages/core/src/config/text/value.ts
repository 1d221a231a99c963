import type { TextPosition } from '../../errors.js';

/** Quoted text, or the few bare words that xl reads as text (`12ab`). */
export interface ConfigString {
  readonly kind: 'string';
  /** The text, its escapes resolved. */
  readonly text: string;
  /** How the text was quoted; empty for a bare word. */
  readonly quote: '"' | "'" | '';
  /**
   * Whether every character stands in the file as it stands in `text`, one after the other: no escapes, not joined by
   * `+=`. Only then can a place inside the text be told exactly; see {@link positionInside}.
   */
  readonly verbatim: boolean;
  /** Where the value begins: its opening quote. */
  readonly position: TextPosition;
}

/** A whole number. */
export interface ConfigNumber {
  readonly kind: 'number';
  /** The value, within what a JavaScript number holds exactly. */
  readonly value: number;
  /** As it was written: `512`, `0x200`, `01000`, `-3600`, `True`. */
  readonly text: string;
  readonly position: TextPosition;
}

/** Python's `None`, as xm files had it: the setting counts as not given. */
export interface ConfigNone {
  readonly kind: 'none';
  readonly position: TextPosition;
}

/** A list; its members may be of any kind, lists included. */
export interface ConfigList {
  readonly kind: 'list';
  readonly items: readonly ConfigValue[];
  /** Where the list begins: its opening bracket. */
  readonly position: TextPosition;
}

/** A value of a configuration text, with the place where it stands. */
export type ConfigValue = ConfigString | ConfigNumber | ConfigNone | ConfigList;

/** One key and what the text says of it at its end: after later assignments and `+=`. */
export interface ConfigSetting {
  readonly key: string;
  readonly value: ConfigValue;
  /** Where the key of the assignment stands that gave the value (for `+=`: of the first). */
  readonly position: TextPosition;
}

/** A remark on a configuration that does not stop its use. */
export interface ConfigFinding {
  readonly severity: 'warning';
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  readonly message: string;
  readonly position?: TextPosition;
  readonly hint?: string;
  /** The keys it speaks of. */
  readonly keys?: readonly string[];
}

/** What a configuration text says. */
export interface ConfigDocument {
  /** The file's name, where the text came from one. */
  readonly file?: string;
  /** The settings by key, in the order in which the keys first appear. A Map: a key `__proto__` is a key as any other. */
  readonly settings: ReadonlyMap<string, ConfigSetting>;
  readonly warnings: readonly ConfigFinding[];
}

/**
 * The place of a character inside a text value.
 *
 * @param value - the value
 * @param offset - the character, counted from 0 in `value.text`
 * @returns its place in the file; where that is not known exactly (see {@link ConfigString.verbatim}), the value's
 */
export function positionInside(value: ConfigString, offset: number): TextPosition {
  if (!value.verbatim) return value.position;
  return { ...value.position, column: value.position.column + value.quote.length + offset };
}
