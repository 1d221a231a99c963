import { clip } from './pairs.js';
import { specError, specText, type SpecSource } from './source.js';

/** What can follow a shutdown, by the names of xl.cfg(5); xm has the first six. */
export const SHUTDOWN_ACTIONS = [
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
  'coredump-destroy',
  'coredump-restart',
  'soft-reset',
] as const;

/** One of {@link SHUTDOWN_ACTIONS}. */
export type ShutdownAction = (typeof SHUTDOWN_ACTIONS)[number];

/**
 * Reads what follows a shutdown.
 *
 * @throws XenImageError `CONFIG_VALUE`
 */
export function parseShutdownAction(source: SpecSource): ShutdownAction {
  const text = specText(source);
  const action = SHUTDOWN_ACTIONS.find((name) => name === text);
  if (action === undefined) {
    throw specError(
      'CONFIG_VALUE',
      `\`${clip(text)}\` is no action`,
      source,
      0,
      `known are ${SHUTDOWN_ACTIONS.join(', ')}`,
    );
  }
  return action;
}

/**
 * Reads the order of boot devices: `a` and `b` floppies, `c` disk, `d` CD, `n` to `p` networks, each at most once.
 *
 * @throws XenImageError `CONFIG_VALUE`
 */
export function parseBootOrder(source: SpecSource): string {
  const text = specText(source);
  const wrong = text.search(/[^abcdnop]/);
  if (wrong !== -1) {
    throw specError(
      'CONFIG_VALUE',
      `\`${clip(text.charAt(wrong))}\` is no boot device`,
      source,
      wrong,
      'a floppy, c disk, d CD, n network: "cdn"',
    );
  }
  const twice = Array.from(text).findIndex((letter, at) => text.indexOf(letter) !== at);
  if (twice !== -1) {
    throw specError('CONFIG_VALUE', `\`${text.charAt(twice)}\` is twice in the boot order`, source, twice);
  }
  return text;
}

/**
 * Reads a UUID: 32 hexadecimal digits, with hyphens in the usual places or without any.
 *
 * @returns its canonical form, in lower case with hyphens
 * @throws XenImageError `CONFIG_VALUE`
 */
export function parseUuid(source: SpecSource): string {
  const text = specText(source);
  const match = /^([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})$/i.exec(text);
  if (match === null) {
    throw specError(
      'CONFIG_VALUE',
      `${clip(text)} is no UUID`,
      source,
      0,
      'as in 4d3c2b1a-0000-4000-8000-00163e000001; left out, one is made',
    );
  }
  const [, a, , b, c, d, e] = match;
  return [a, b, c, d, e].join('-').toLowerCase();
}
